<?php $password = "secret";
