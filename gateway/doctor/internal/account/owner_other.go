//go:build !unix

package account

import "os"

// Stat says of path that there is no owner, so that everything may be done with it.
func Stat(path string) (File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return File{}, err
	}
	return File{Mode: info.Mode(), UID: -1, GID: -1}, nil
}
