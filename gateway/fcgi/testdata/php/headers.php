<?php
http_response_code(418);
header('X-A: 1');
header('X-A: 2', false);
setcookie('a', '1');
setcookie('b', '2');
header('Content-Type: text/plain');
echo 'tea';
