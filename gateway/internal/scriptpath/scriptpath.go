// Package scriptpath finds the file that a request's path names, and what of the path is behind
// it. Only a file that is there splits a path: one that is not, "/photo.jpg/x.php", never makes an
// interpreter run another (CVE-2019-11043 and the older cgi.fix_pathinfo).
package scriptpath

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Found is what a path names.
type Found struct {
	// File is the file, below the root.
	File string
	// Script is the part of the path that names it, Info what is behind that: "" or from a slash.
	Script, Info string
	// Mode is the file's.
	Mode fs.FileMode
	// Slash says that the path names a folder and has no slash at its end: its client has to be
	// sent to the path with one, or relative links break. File is empty then.
	Slash bool
}

// Find looks below the folder root for the file that path, which is not escaped, names: the first
// part of it that is a regular file; or, where all of it is a folder, the first of index in there.
// A path is not found (ok is false) that has NUL, a backslash or a part "..", or a part which
// begins with a dot, but for ".well-known". Symbolic links are followed, as web servers do.
func Find(root, path string, index ...string) (f Found, ok bool) {
	if strings.ContainsAny(path, "\x00\\") || path != "" && path[0] != '/' {
		return f, false
	}
	at, rest := root, path
	for {
		rest = strings.TrimLeft(rest, "/")
		name, _, _ := strings.Cut(rest, "/")
		if name == "" {
			break
		}
		if name[0] == '.' && name != ".well-known" {
			return f, false
		}
		local, err := filepath.Localize(name)
		if err != nil {
			return f, false
		}
		at = filepath.Join(at, local)
		info, err := os.Stat(at)
		if err != nil {
			return f, false
		}
		rest = rest[len(name):]
		if !info.IsDir() {
			return Found{File: at, Script: path[:len(path)-len(rest)], Info: rest, Mode: info.Mode()}, info.Mode().IsRegular()
		}
	}
	if !strings.HasSuffix(path, "/") {
		return Found{Slash: true}, true
	}
	for _, name := range index {
		file := filepath.Join(at, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return Found{File: file, Script: path + name, Mode: info.Mode()}, true
		}
	}
	return f, false
}
