package gzip

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// folder is a Versions.Dir. It is opened anew for everything that is done in it, so that one
// that was moved away, or came back, is noticed, and nothing needs to be closed.
type folder struct {
	path  string
	max   int64 // bytes of all files
	limit int   // bytes of a dictionary
}

// stored is a file in a folder.
type stored struct {
	scope scope
	size  int64 // of the file
	used  time.Time
}

const (
	touchEvery = time.Hour        // how exactly it is known when a file was used last
	abandoned  = 10 * time.Minute // writing one takes at most seconds
	maxEntries = 4096             // of a directory are looked at
)

// openFolder makes the directory if it is missing, and finds out whether it can be
// written to.
func openFolder(path string, most int64, limit int) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	f := &folder{path, most, limit}
	return f, f.in(func(root *os.Root) error {
		probe, name, err := createTemp(root, versionFile(digest{}))
		if err != nil {
			return err
		}
		return errors.Join(probe.Close(), root.Remove(name))
	})
}

// in calls do with the directory.
func (f *folder) in(do func(*os.Root) error) error {
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer root.Close()
	return do(root)
}

// createTemp makes a file that will be renamed to name. Its mode is 0600.
func createTemp(root *os.Root, name string) (file *os.File, temp string, err error) {
	temp = name + "." + rand.Text() + tempSuffix
	file, err = root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return file, temp, err
}

// list returns the dictionaries in the directory, without their contents. What is in known
// and has not changed is not read again. What is too much is removed, and so are temporary files whose
// writer must be dead.
func (f *folder) list(known map[digest]stored) (found map[digest]stored, err error) {
	found = make(map[digest]stored)
	err = f.in(func(root *os.Root) error {
		dir, err := root.Open(".")
		if err != nil {
			return err
		}
		defer dir.Close()
		names, err := dir.Readdirnames(maxEntries)
		if err != nil && err != io.EOF {
			return err
		}
		for _, name := range names {
			hash, temporary, ok := parseVersionFile(name)
			if !ok {
				continue
			}
			info, err := root.Lstat(name)
			switch {
			case err != nil || !info.Mode().IsRegular():
			case temporary:
				if time.Since(info.ModTime()) > abandoned {
					_ = root.Remove(name)
				}
			default:
				file := known[hash]
				if file.size != info.Size() || !file.used.Equal(info.ModTime()) {
					if file, err = f.examine(root, name); err != nil {
						continue
					}
				}
				found[hash] = file
			}
		}
		return nil
	})
	f.trim(found)
	return found, err
}

// examine reads the beginning of a file. One that is ours and damaged, or larger than any that is kept
// now, is removed.
func (f *folder) examine(root *os.Root, name string) (stored, error) {
	b, info, err := readFile(root, name, maxFileHeader)
	if err != nil {
		return stored{}, err
	}
	scope, size, n, err := parseHeader(b)
	if err == nil && (info.Size() != int64(n)+size || size > int64(f.limit)) {
		err = errCorrupt
	}
	if err == errCorrupt {
		_ = root.Remove(name)
	}
	return stored{scope, info.Size(), info.ModTime()}, err
}

// readFile reads at most limit bytes of a file, and nothing that is not a file: opening a FIFO
// would take until somebody writes to it.
func readFile(root *os.Root, name string, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errForeign
	}
	// It may be another thing by now.
	file, err := root.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errForeign
	}
	b := make([]byte, min(info.Size(), limit))
	n, err := io.ReadFull(file, b)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil // it is being cut short
	}
	return b[:n], info, err
}

// load returns the dictionary with this hash. If its file is ours and damaged, it is removed.
func (f *folder) load(hash digest) (content []byte, s scope, err error) {
	err = f.in(func(root *os.Root) error {
		b, _, err := readFile(root, versionFile(hash), int64(f.limit)+maxFileHeader)
		if err != nil {
			return err
		}
		if content, s, err = parseFile(b, hash); err == errCorrupt {
			_ = root.Remove(versionFile(hash))
		}
		return err
	})
	return content, s, err
}

// touch notes that a dictionary is in use. It fails where there is none.
func (f *folder) touch(hash digest) error {
	return f.in(func(root *os.Root) error {
		return root.Chtimes(versionFile(hash), time.Now(), time.Now())
	})
}

// write makes a file of a dictionary: all of it or none, whatever happens meanwhile, and
// when write has returned, for good.
func (f *folder) write(hash digest, s scope, content []byte) error {
	header, err := formatHeader(s, len(content))
	if err != nil {
		return err
	}
	return f.in(func(root *os.Root) error {
		file, temp, err := createTemp(root, versionFile(hash))
		if err != nil {
			return err
		}
		_, err = file.Write(header)
		if err == nil {
			_, err = file.Write(content)
		}
		if err == nil {
			err = file.Sync()
		}
		if err = errors.Join(err, file.Close()); err == nil {
			err = root.Rename(temp, versionFile(hash))
		}
		if err != nil {
			_ = root.Remove(temp)
			return err
		}
		if dir, err := root.Open("."); err == nil {
			_ = dir.Sync() // not every system can; the file is then as durable as its folder
			_ = dir.Close()
		}
		return nil
	})
}

// trim removes from the directory, and from files, which is what there is, those not used for
// longest until the rest is small enough.
func (f *folder) trim(files map[digest]stored) {
	var size int64
	order := make([]digest, 0, len(files))
	for hash, file := range files {
		order = append(order, hash)
		size += file.size
	}
	if size <= f.max && len(order) <= maxVersions {
		return
	}
	slices.SortFunc(order, func(a, b digest) int { return files[a].used.Compare(files[b].used) })
	_ = f.in(func(root *os.Root) error {
		for n, hash := range order {
			if size <= f.max && len(order)-n <= maxVersions {
				break
			}
			if err := root.Remove(versionFile(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				continue
			}
			size -= files[hash].size
			delete(files, hash)
		}
		return nil
	})
}
