<?php
// A PHP page as PHP-FPM runs it, with a session of PHP's own.
session_start();
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
$name = htmlspecialchars($_SERVER['REMOTE_USER'] ?? 'stranger');
?>
<!doctype html>
<html lang="en">
<title>A PHP page</title>
<link rel="stylesheet" href="/style.css">
<h1>A PHP page</h1>
<p>Hello, <?= $name ?>. This is visit <?= $_SESSION['visits'] ?>, says PHP <?= PHP_VERSION ?>.</p>
<form method="post" enctype="multipart/form-data">
  <label>A file: <input type="file" name="file"></label> <button>Count its bytes</button>
</form>
<?php if (isset($_FILES['file']['size'])): ?>
<p id="size"><?= htmlspecialchars($_FILES['file']['name']) ?> has <?= (int) $_FILES['file']['size'] ?> bytes.</p>
<?php endif ?>
<p><a href="/">Back</a></p>
</html>
