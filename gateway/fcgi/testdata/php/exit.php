<?php
header("Content-Type: text/plain");
echo "before";
exit(3);
echo "after";
