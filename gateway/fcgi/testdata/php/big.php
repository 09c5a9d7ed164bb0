<?php
header('Content-Type: application/octet-stream');
header('Content-Length: ' . ((int)$_GET['mb'] << 20));
$piece = str_repeat('x', 1 << 16);
for ($i = 0; $i < (int)$_GET['mb'] * 16; $i++) {
    echo $piece;
}
