<?php // tells what it was told
header('Content-Type: application/json');
$told = [];
foreach (['REQUEST_METHOD', 'REQUEST_URI', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'SCRIPT_FILENAME', 'DOCUMENT_ROOT',
    'PATH_TRANSLATED', 'PHP_SELF', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'REMOTE_ADDR', 'REMOTE_USER', 'AUTH_TYPE', 'SERVER_NAME',
    'SERVER_PORT', 'HTTPS', 'HTTP_HOST', 'HTTP_COOKIE', 'HTTP_PROXY', 'HTTP_X_A', 'HTTP_X_B', 'HTTP_AUTHORIZATION', 'APP_MODE'] as $name) {
    if (isset($_SERVER[$name])) {
        $told[$name] = $_SERVER[$name];
    }
}
echo json_encode(['server' => $told, 'get' => $_GET, 'post' => $_POST, 'body' => strlen(file_get_contents('php://input')), 'pid' => getmypid()],
    JSON_UNESCAPED_SLASHES);
