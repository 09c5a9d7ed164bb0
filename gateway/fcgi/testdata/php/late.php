<?php // fails when its answer has begun
header('Content-Type: text/plain');
ini_set('display_errors', '0');
echo 'begun ';
while (ob_get_level() > 0) {
    ob_end_flush();
}
flush();
no_such_function();
