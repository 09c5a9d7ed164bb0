<?php
header('Content-Type: text/plain');
foreach ($_FILES as $name => $f) {
    echo $name, ' ', $f['name'], ' ', $f['error'], ' ', $f['size'], ' ', md5_file($f['tmp_name']), "\n";
}
foreach ($_POST as $name => $value) {
    echo $name, '=', $value, "\n";
}
