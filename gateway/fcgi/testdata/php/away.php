<?php
header("Location: /elsewhere?x=1");
