package wsgi

import (
	"os/exec"
	"time"
)

// generation is a first process and the workers that were forked of it. It is the supervisor's
// loop's.
type generation struct {
	cmd       *exec.Cmd
	control   *control
	lifeline  closer // ends all of the generation on Linux when it is closed
	started   *time.Timer
	up        bool // it can fork
	proven    bool // a worker of it has started
	dismissed bool // it is to end, and so are its workers
	gone      bool
	failure   string // why the application could not be preloaded
	workers   map[*worker]bool
	unnamed   []*worker // whose process ids are to come, in this order
}

type closer interface{ Close() error }

func (g *generation) pid() int { return g.cmd.Process.Pid }

// ready is how many workers can take requests.
func (g *generation) ready() (n int) {
	for w := range g.workers {
		if w.ready && !w.retiring.Load() {
			n++
		}
	}
	return n
}
