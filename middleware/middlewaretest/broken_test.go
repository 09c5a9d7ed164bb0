package middlewaretest_test

import (
	"context"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/internal/respond"
)

// pass is a layer's writer with nothing wrong, for the broken ones to embed.
type pass struct{ respond.Writer }

// writing makes a layer of a function that puts a writer around another.
func writing(wrap func(w http.ResponseWriter, r *http.Request) http.ResponseWriter) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(wrap(w, r), r) })
	}
}

func passing(w http.ResponseWriter) pass {
	var p pass
	p.Init(w, nil)
	return p
}

// broken is a layer with one fault, as seen in the wild where a name is given, and the
// checks which have to find it. Where one fault is several, all are named.
type broken struct {
	name  string
	layer func(http.Handler) http.Handler
	want  []string
}

var brokenLayers = []broken{
	{"answers by itself", func(http.Handler) http.Handler { return http.NotFoundHandler() }, []string{"lets requests through"}},

	// 0 exchange
	{
		"Write counts short", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &shortCount{passing(w)} }),
		[]string{"0 exchange/a write says how much it took"},
	},
	{"holds WriteString back", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o := &outOfOrder{pass: passing(w)}
			next.ServeHTTP(o, r)
			_, _ = io.WriteString(w, o.held.String())
		})
	}, []string{"0 exchange/many small writes", "7 sendfile/Write and ReadFrom keep their order"}},
	{
		"forgets the status", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &alwaysOK{passing(w)} }),
		[]string{"0 exchange/statuses", "1 commit/one final status reaches the server"},
	},
	{"appends to every body", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			_, _ = io.WriteString(w, "<!-- served by x -->")
		})
	}, []string{"0 exchange/bodies of all sizes", "contract/no content", "6 hijack/the connection is the handler's/http.Hijacker"}},
	{"compresses ranges and empty answers", naiveGzip(false), []string{
		"0 exchange/a range stays as it is", "0 exchange/statuses without a body",
		"0 exchange/a type that the handler leaves to the server", "3 panic/after Flush", "10 twice/applied twice", "contract/text",
	}},
	{"drops Content-Length", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		d := &dropsLength{}
		d.Init(w, d)
		return d
	}), []string{"0 exchange/Content-Length of a body nobody changes"}},
	{"copies the header once", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := &copiesHeader{pass: passing(w), own: http.Header{}}
			next.ServeHTTP(c, r)
		})
	}, []string{"0 exchange/trailers"}},
	{"consumes the body", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			next.ServeHTTP(w, r)
		})
	}, []string{"0 exchange/request body and trailers", "8 controller/a read deadline works"}},

	// 1 commit
	{"adds its field in WriteHeader only", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		return &onWriteHeader{passing(w)}
	}), []string{"1 commit/nothing written", "1 commit/Write", "1 commit/ReadFrom", "1 commit/Flush", "4 flush/headers leave before the first write"}},
	{"adds its field at the end (scs 2.9 after a Flush)", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			w.Header().Set("X-Layer", "1")
		})
	}, []string{"1 commit/nothing written", "contract/text", "contract/a stream"}},
	{"writes the status twice", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			w.WriteHeader(http.StatusOK)
		})
	}, []string{"1 commit/Write", "contract/text"}},

	// 2 interim
	{
		"takes 103 for the answer", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
			return &hintsCommit{pass: passing(w)}
		}),
		[]string{"2 interim/103 reaches the client", "2 interim/several, then another status"},
	},
	{
		"drops 103", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &noHints{passing(w)} }),
		[]string{"2 interim/103 reaches the client"},
	},

	// 3 panic
	{
		"answers 200 after a panic", recovering(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "sorry") }),
		[]string{"3 panic/before anything is written", "3 panic/after a little was written", "3 panic/after Flush", "3 panic/http.ErrAbortHandler"},
	},
	{"appends an error to what has left (chi's Recoverer)", recovering(func(w http.ResponseWriter) {
		http.Error(w, "sorry", http.StatusInternalServerError)
	}), []string{"3 panic/after Flush", "3 panic/in HTML after Flush"}},
	{"sends what it held back when the handler panics", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b := &holding{pass: passing(w)}
			defer b.release()
			next.ServeHTTP(b, r)
		})
	}, []string{"3 panic/before anything is written"}},
	{"ends the coding when the handler panics (gzhttp)", naiveGzip(true), []string{"3 panic/after Flush", "3 panic/after much was written"}},

	// 4 and 5 flush
	{
		"Flush waits for the first write (gzhttp)", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &lazyFlush{pass: passing(w)} }),
		[]string{"4 flush/headers leave before the first write"},
	},
	{
		"Flush does nothing", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &noFlush{passing(w)} }),
		[]string{"4 flush/headers leave before the first write", "4 flush/written bytes leave", "4 flush/server-sent events", "5 flush error/the base's error comes back"},
	},
	{"Flush without an error (gzhttp, chi, negroni, scs)", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		return struct {
			http.ResponseWriter
			http.Flusher
		}{w, flusher{w}}
	}), []string{"5 flush error/the base's error comes back", "5 flush error/a base that cannot flush"}},

	// 6 hijack
	{
		"no Hijacker", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &unwraps{w} }),
		[]string{"6 hijack/the connection is the handler's/http.Hijacker", "7 sendfile/io.Copy reaches the server's ReadFrom"},
	},
	{
		"Hijack asserts what is not there", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &hopefulHijack{passing(w)} }),
		[]string{"6 hijack/not supported on HTTP2", "6 hijack/a base that cannot"},
	},

	// 7 sendfile
	{
		"no ReadFrom", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &noReadFrom{passing(w)} }),
		[]string{"7 sendfile/io.Copy reaches the server's ReadFrom"},
	},
	{
		"ReadFrom and WriteTo call each other", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &recursive{passing(w)} }),
		[]string{"7 sendfile/a source that is a WriterTo"},
	},
	{
		"hides the source's error", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &hidesError{passing(w)} }),
		[]string{"7 sendfile/a source that fails"},
	},

	// 8 controller
	{
		"no Unwrap", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &noUnwrap{passing(w)} }),
		[]string{"8 controller/deadlines reach the server", "8 controller/a read deadline works", "8 controller/full duplex"},
	},

	// 9 request
	{"passes a copy of the request", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), respond.Writer{}, 1)))
		})
	}, []string{"9 request/outer layers see r.Pattern", "9 request/outer layers see r.Pattern of a handler that panicked", "9 request/no temporary file stays after an upload"}},
	{"copies Pattern back, but not after a panic", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r2 := r.WithContext(r.Context())
			next.ServeHTTP(w, r2)
			r.Pattern, r.MultipartForm = r2.Pattern, r2.MultipartForm
		})
	}, []string{"9 request/outer layers see r.Pattern of a handler that panicked"}},
	{"a context of its own", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r2 := r.WithContext(context.Background())
			defer func() { r.Pattern, r.MultipartForm = r2.Pattern, r2.MultipartForm }()
			next.ServeHTTP(w, r2)
		})
	}, []string{"9 request/the handler's context ends with the client", "9 request/the request arrives as it was sent"}},
	{"changes the path", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawPath = ""
			next.ServeHTTP(w, r)
		})
	}, []string{"9 request/the request arrives as it was sent"}},

	// 10 twice
	{"adds its field each time", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-Layer", "1")
			next.ServeHTTP(w, r)
		})
	}, []string{"10 twice/applied twice"}},
	{"crashes when put on twice", twiceCrashes(), []string{"10 twice/applied twice"}},

	// 11 load
	{"shares a buffer between requests", sharing(), []string{"11 load/concurrent requests"}},
	{"leaves a goroutine behind", leaking(), []string{"11 load/goroutines end"}},
	{
		"allocates for every Write", writing(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return &allocating{pass: passing(w)} }),
		[]string{"11 load/allocations do not grow with the body"},
	},

	// contract
	{"changes the request's header", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Seen", "1")
			next.ServeHTTP(w, r)
		})
	}, []string{"contract/text"}},
}
