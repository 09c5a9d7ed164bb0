<?php
header("X-Sendfile: " . $_GET["file"]);
header("Content-Type: text/x-sent");
