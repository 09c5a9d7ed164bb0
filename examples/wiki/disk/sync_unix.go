//go:build !windows

package disk

import "os"

// syncDir makes the names in a folder durable: on Unix a rename is, only once the
// folder itself has been synced.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
