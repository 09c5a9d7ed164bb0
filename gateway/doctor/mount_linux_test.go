package doctor_test

import (
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

func TestMountOf(t *testing.T) {
	const table = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /srv rw,noexec - ext4 /dev/sda2 rw
3 2 8:3 / /srv/with\040blank rw,noexec - ext4 /dev/sda3 rw
4 1 0:1 / /home rw - tmpfs tmpfs rw
odd
`
	for path, want := range map[string]string{
		"/a": "/", "/srv": "/srv", "/srv/a": "/srv", "/srvx": "/", "/srv/with blank/a": "/srv/with blank", "/home/ada": "/home",
	} {
		if got := doctor.MountOf(table, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
