//go:build dev

package cgitrace

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// file writes the traceback to LogDir, if there is one.
func (rs *response) file(incident string) {
	if rs.page.LogDir == "" {
		return
	}
	rep := rs.report(incident)
	var b bytes.Buffer
	ext := ".html"
	switch rs.page.Format {
	case "json":
		ext = ".json"
		rep.JSON(&b)
	case "text":
		ext = ".txt"
		rep.Text(&b)
	default:
		_ = rep.HTML(&b, rand.Text()) // a page that fails is cut short; the file is worth having
	}
	name := filepath.Join(rs.page.LogDir, incident+ext)
	if err := writeFile(name, b.Bytes()); err != nil {
		rs.page.logger().Error("cgitrace: the traceback was not written", slog.String("incident", incident), slog.Any("error", err))
		return
	}
	rs.page.logger().Info("cgitrace: the traceback was written", slog.String("incident", incident), slog.String("file", name))
}

// writeFile writes a file that only its owner can read, and follows no link that
// somebody has put in its place. Of a file that fails, on a full disk, nothing is left.
func writeFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name)
	}
	return err
}
