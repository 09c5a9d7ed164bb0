<?php
header('Content-Type: text/plain');
while (ob_get_level() > 0) {
    ob_end_flush();
}
for ($i = 0; $i < (int)$_GET['n']; $i++) {
    echo "line $i\n";
    flush();
    usleep((int)($_GET['pause'] ?? 0));
}
