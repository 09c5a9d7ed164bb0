package gzip

import (
	"errors"
	"net/http"
	"sync"

	"github.com/surcoat/surcoat/internal/respond"
)

// A writer is what the next handler holds. The response behind it, with its buffers, is
// used again for other requests; the writer never is. When its handler has
// returned it is cut off, so that one that was kept cannot reach the next request.
// A writer being one pointer, many are made at a time and cost a request nothing that
// can be measured.
type writer struct{ *response }

const writersAtATime = 64

// lend returns a writer for r that has never been used.
func (r *response) lend() *writer {
	if len(r.writers) == 0 {
		r.writers = make([]writer, writersAtATime)
	}
	lent := &r.writers[0]
	r.writers = r.writers[1:]
	lent.response = r
	return lent
}

// value returns a header field's value that shares its memory with no other response, although
// many are made at a time: layers further out may change what they find.
func (r *response) value(s string) []string {
	if len(r.values) == 0 {
		r.values = make([]string, valuesAtATime)
	}
	v := r.values[:1:1]
	r.values = r.values[1:]
	v[0] = s
	return v
}

const valuesAtATime = 32

// begin makes r the response to one request.
func (r *response) begin(rs *rules, w http.ResponseWriter, req *http.Request) *writer {
	r.Init(w, r)
	r.rules, r.request = rs, req
	// Now: the handler may take them out.
	r.accepted = req.Header["Accept-Encoding"]
	if rs.keeps {
		r.authorized = len(req.Header["Authorization"]) > 0
		r.personal = r.authorized || len(req.Header["Cookie"]) > 0
	}
	if rs.transports(false) {
		r.dictionary = rs.available(req)
	}
	return r.lend()
}

// end cuts the handler off and gives back what was borrowed.
func (r *response) end(lent *writer) {
	lent.response = over
	if r.copy != nil {
		r.copy.giveBack()
	}
	r.leaveVersion()
	r.rules.memory.Add(-r.memory)
	if r.busy > 0 {
		// A panic came through an encoder, or a goroutine of the handler's is still
		// writing: io.Copy with a source that is slow. What it writes next must not
		// reach the request after this one, so leave everything to the garbage collector.
		r.stage, r.broken = ended, errOver
		return
	}
	if r.encoder != nil {
		r.coding.put(r.encoder)
	}
	r.copied = copied{}
	r.rules.idle.put(r)
}

// over is behind every writer whose handler has returned. It never changes.
var over = func() *response {
	r := &response{stage: ended}
	r.Init(gone{}, nil)
	return r
}()

var errOver = errors.New("gzip: the handler has returned; its response writer can no longer be used")

// gone is the base of a response that is over.
type gone struct{}

func (gone) Header() http.Header       { return http.Header{} }
func (gone) Write([]byte) (int, error) { return 0, errOver }
func (gone) WriteHeader(int)           {}

// responsePool holds responses between requests.
type responsePool struct{ pool sync.Pool }

func (p *responsePool) get() *response {
	if r, ok := p.pool.Get().(*response); ok {
		return r
	}
	return &response{spare: new(spare)}
}

// put takes r back. Nothing of its request stays in it.
func (p *responsePool) put(r *response) {
	s := r.spare
	*r = response{spare: s}
	s.held, s.early = reuse(s.held), reuse(s.early)
	p.pool.Put(r)
}

// maxPooled bounds the buffers that idle responses keep: one body of many megabytes should
// not be paid for until the process ends.
const maxPooled = 64 << 10

func reuse(buffer []byte) []byte {
	if cap(buffer) > maxPooled {
		return nil
	}
	return buffer[:0]
}

var _ respond.Hook = (*response)(nil)
