package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many links the kernel follows in one path (path_resolution(7)).
const maxLinks = 40

// wayTo returns all folders that have to be entered to reach path, which is absolute, in their
// order; those on the way of links too. With an error it returns those up to where the way ends.
func wayTo(path string) (folders []string, err error) {
	links := 0
	seen := make(map[string]bool)
	root := filepath.VolumeName(path) + string(filepath.Separator)
	at, rest := root, split(strings.TrimPrefix(path, filepath.VolumeName(path)))
	for len(rest) > 0 {
		if !seen[at] {
			seen[at], folders = true, append(folders, at)
		}
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		if err != nil {
			return folders, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return folders, &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
		}
		target, err := os.Readlink(next)
		if err != nil {
			return folders, err
		}
		if filepath.IsAbs(target) {
			at = root
		}
		rest = append(split(target), rest...)
	}
	return folders, nil
}

func split(path string) []string {
	var names []string
	for name := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return names
}
