<?php
header('Content-Type: text/plain');
error_log('about to fail');
no_such_function();
