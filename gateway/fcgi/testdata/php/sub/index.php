<?php echo "the folder's page";
