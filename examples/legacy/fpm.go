package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"time"
)

// fpm is a PHP-FPM of our own. On a server it is a service of the system, and this file is not
// needed: its socket is at unix:/run/php/php-fpm.sock or the like.
type fpm struct {
	socket string
	stop   func()
}

const fpmConfig = `[global]
daemonize = no
error_log = %s
[www]
listen = %s
pm = static
pm.max_children = 2
php_value[session.save_path] = %s
`

// As root PHP-FPM wants to know as whom to run.
const fpmUser = `user = %[1]s
listen.owner = %[1]s
`

func startFPM(ctx context.Context, data string) (*fpm, error) {
	found, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(found) == 0 {
		return nil, errors.New("there is no PHP-FPM (apt-get install php-fpm)")
	}
	dir := filepath.Join(data, "php")
	if err := os.MkdirAll(filepath.Join(dir, "sessions"), 0o755); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "fpm.sock")
	text := fmt.Sprintf(fpmConfig, filepath.Join(dir, "fpm.log"), socket, filepath.Join(dir, "sessions"))
	if os.Getuid() == 0 {
		who, err := user.Lookup("www-data")
		if err != nil {
			return nil, fmt.Errorf("PHP-FPM does not run as root: %w", err)
		}
		text += fmt.Sprintf(fpmUser, who.Username)
		for _, d := range []string{data, dir} {
			if err := os.Chmod(d, 0o711); err != nil {
				return nil, err
			}
		}
		if err := os.Chmod(filepath.Join(dir, "sessions"), 0o1733); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "fpm.conf")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, found[len(found)-1], "--nodaemonize", "--fpm-config", config)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		cancel()
		<-ended
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("unix", socket)
		if err == nil {
			_ = c.Close()
			return &fpm{socket, stop}, nil
		}
		select {
		case err := <-ended:
			cancel()
			return nil, fmt.Errorf("PHP-FPM has ended: %w", err)
		default:
		}
		if time.Now().After(until) {
			stop()
			return nil, fmt.Errorf("PHP-FPM does not listen; its log is in %s", dir)
		}
	}
}
