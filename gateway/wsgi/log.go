package wsgi

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"
)

const (
	// maxRecord is how many bytes of text one record of the log has.
	maxRecord = 16 << 10
	// quiet is how long nothing more comes before what has come is logged: a traceback is
	// written line by line, and is one record.
	quiet = 20 * time.Millisecond
)

// copyLog logs what workers write to stdout or stderr until nobody can write there any more.
func (s *supervisor) copyLog(from *os.File, name string, pid int) {
	defer from.Close()
	buf := make([]byte, maxRecord)
	kept := 0
	for {
		n, err := from.Read(buf[kept:])
		kept += n
		cut := kept
		switch {
		case kept == len(buf), err != nil:
		default:
			_ = from.SetReadDeadline(time.Now().Add(quiet))
			continue
		}
		if kept == len(buf) {
			if at := bytes.LastIndexByte(buf, '\n'); at > 0 {
				cut = at + 1
			}
		}
		if text := printable(buf[:cut]); text != "" {
			s.logger.Info("wsgi: "+text, slog.String("from", name), slog.Int("parent", pid))
		}
		kept = copy(buf, buf[cut:kept])
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		_ = from.SetReadDeadline(time.Time{})
	}
}

// endLog ends copyLog: what a worker has started may hold the pipes open.
func endLog(files ...*os.File) {
	time.Sleep(5 * quiet) // what was written last is still in them
	for _, f := range files {
		_ = f.Close()
	}
}

// logged logs what an application has written to wsgi.errors.
func (s *supervisor) logged(path string, said []byte) {
	s.logger.Warn("wsgi: "+printable(said), slog.String("path", path))
}

func printable(b []byte) string {
	return strings.ToValidUTF8(strings.TrimRight(string(b[:min(len(b), maxRecord)]), "\n"), "\uFFFD")
}
