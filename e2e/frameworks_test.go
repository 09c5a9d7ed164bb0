package e2e_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v5"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	zip "github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

var visits = session.NewKey[int]("visits")

// count counts this session's requests.
func count(r *http.Request) int {
	s := session.From(r.Context())
	n, _ := visits.Get(s)
	if err := visits.Set(s, n+1); err != nil {
		panic(err)
	}
	return n + 1
}

func who(r *http.Request) string {
	id, ok := auth.From(r.Context())
	if !ok {
		return "nobody"
	}
	return id.Subject
}

var long = strings.Repeat("a line that compresses well\n", 400)

var upgrader websocket.Upgrader

// echoes is a websocket that says what it is told, and who tells it.
func echoes(w http.ResponseWriter, r *http.Request) error {
	name := who(r) // before the upgrade: after it there is no request to ask about
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		kind, text, err := conn.ReadMessage()
		if err != nil {
			return nil // the client has gone
		}
		if err := conn.WriteMessage(kind, append([]byte(name+": "), text...)); err != nil {
			return err
		}
	}
}

// Each framework's application is the same, written in its own way.
var applications = map[string]func(login func(http.ResponseWriter, *http.Request) error) http.Handler{
	"chi":  chiApplication,
	"gin":  ginApplication,
	"echo": echoApplication,
}

func chiApplication(login func(http.ResponseWriter, *http.Request) error) http.Handler {
	r := chi.NewRouter()
	r.Get("/count", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, count(r)) })
	r.Get("/who/{greeting}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s, %s", chi.URLParam(r, "greeting"), who(r))
	})
	r.Post("/login", func(w http.ResponseWriter, r *http.Request) {
		if err := login(w, r); err != nil {
			panic(err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	r.Get("/long", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, long) })
	r.Get("/panic", func(http.ResponseWriter, *http.Request) { panic("no such luck") })
	r.Get("/half", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, long)
		_ = http.NewResponseController(w).Flush()
		panic("half-way")
	})
	r.Get("/ws", func(w http.ResponseWriter, r *http.Request) {
		if err := echoes(w, r); err != nil {
			panic(err)
		}
	})
	return r
}

func ginApplication(login func(http.ResponseWriter, *http.Request) error) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.GET("/count", func(c *gin.Context) { c.String(http.StatusOK, "%d", count(c.Request)) })
	g.GET("/who/:greeting", func(c *gin.Context) {
		c.String(http.StatusOK, "%s, %s", c.Param("greeting"), who(c.Request))
	})
	g.POST("/login", func(c *gin.Context) {
		if err := login(c.Writer, c.Request); err != nil {
			panic(err)
		}
		c.Status(http.StatusNoContent)
	})
	g.GET("/long", func(c *gin.Context) { c.String(http.StatusOK, "%s", long) })
	g.GET("/panic", func(*gin.Context) { panic("no such luck") })
	g.GET("/half", func(c *gin.Context) {
		c.String(http.StatusOK, "%s", long)
		c.Writer.Flush()
		panic("half-way")
	})
	g.GET("/ws", func(c *gin.Context) {
		if err := echoes(c.Writer, c.Request); err != nil {
			panic(err)
		}
	})
	return g
}

func echoApplication(login func(http.ResponseWriter, *http.Request) error) http.Handler {
	e := echo.New()
	e.GET("/count", func(c *echo.Context) error { return c.String(http.StatusOK, fmt.Sprint(count(c.Request()))) })
	e.GET("/who/:greeting", func(c *echo.Context) error {
		return c.String(http.StatusOK, c.Param("greeting")+", "+who(c.Request()))
	})
	e.POST("/login", func(c *echo.Context) error {
		if err := login(c.Response(), c.Request()); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	e.GET("/long", func(c *echo.Context) error { return c.String(http.StatusOK, long) })
	e.GET("/panic", func(*echo.Context) error { panic("no such luck") })
	e.GET("/half", func(c *echo.Context) error {
		if err := c.String(http.StatusOK, long); err != nil {
			return err
		}
		_ = http.NewResponseController(c.Response()).Flush()
		panic("half-way")
	})
	e.GET("/ws", func(c *echo.Context) error { return echoes(c.Response(), c.Request()) })
	return e
}

// body is an application inside the whole stack, and a client with cookies.
type body struct {
	server *httptest.Server
	client *http.Client
	log    *bytes.Buffer
}

func dress(t *testing.T, application func(func(http.ResponseWriter, *http.Request) error) http.Handler) body {
	t.Helper()
	var log bytes.Buffer
	users := &auth.MemoryUsers{}
	if err := users.Create(t.Context(), auth.User{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{Users: users}}, Optional: true}
	login := func(w http.ResponseWriter, r *http.Request) error {
		return guard.Login(w, r, auth.User{Name: "anna"}.Identity())
	}
	stack := middleware.Stack{
		Trace:    &cgitrace.Page{Logger: slog.New(slog.NewTextHandler(&log, nil))},
		Compress: &zip.Compressor{},
		Session:  &session.Manager{},
		Auth:     guard,
	}.Chain()
	s := httptest.NewUnstartedServer(stack.Then(application(login)))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // aborted connections are meant
	s.Start()
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return body{s, &http.Client{Jar: localhostJar{jar}, Transport: &http.Transport{DisableCompression: true}}, &log}
}

func (b body) do(t *testing.T, method, path string, header ...string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

func (b body) get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	res, text, err := b.do(t, "GET", path, header...)
	if err != nil {
		t.Fatal(err)
	}
	return res, text
}

// Another framework's application wears the stack like any handler.
func TestFrameworks(t *testing.T) {
	for name, application := range applications {
		t.Run(name, func(t *testing.T) {
			b := dress(t, application)

			t.Run("session", func(t *testing.T) {
				for want := 1; want <= 3; want++ {
					if _, got := b.get(t, "/count"); got != fmt.Sprint(want) {
						t.Errorf("visit %d is counted as %s", want, got)
					}
				}
			})
			t.Run("identity", func(t *testing.T) {
				if _, got := b.get(t, "/who/hello"); got != "hello, nobody" {
					t.Errorf("before the login: %q", got)
				}
				if res, text, err := b.do(t, "POST", "/login", "Sec-Fetch-Site", "same-origin"); err != nil || res.StatusCode != http.StatusNoContent {
					t.Fatalf("login: %v %v %s", err, res, text)
				}
				if _, got := b.get(t, "/who/hello"); got != "hello, anna" {
					t.Errorf("after the login: %q", got)
				}
				if _, got := b.get(t, "/count"); got != "4" {
					t.Errorf("the login lost the session's values: visit %s", got)
				}
			})
			t.Run("gzip", func(t *testing.T) {
				res, text := b.get(t, "/long", "Accept-Encoding", "gzip")
				if res.Header.Get("Content-Encoding") != "gzip" {
					t.Fatalf("not compressed: %v", res.Header)
				}
				dec, err := gzip.NewReader(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				if plain, err := io.ReadAll(dec); err != nil || string(plain) != long {
					t.Errorf("decoded to %d bytes, %v; want %d", len(plain), err, len(long))
				}
			})
			t.Run("panic", func(t *testing.T) {
				res, text := b.get(t, "/panic", "Accept", "text/html", "Accept-Encoding", "identity")
				number := incident.FindString(text)
				// Only a developer is told.
				if res.StatusCode != 500 || number == "" || strings.Contains(text, "no such luck") != cgitrace.Enabled {
					t.Errorf("%d\n%s", res.StatusCode, text)
				}
				if !strings.Contains(b.log.String(), number) || !strings.Contains(b.log.String(), "no such luck") {
					t.Errorf("incident %s and its cause are not in the log:\n%s", number, b.log)
				}
			})
			t.Run("panic half-way", func(t *testing.T) {
				for _, coding := range []string{"identity", "gzip"} {
					if res, text, err := b.do(t, "GET", "/half", "Accept-Encoding", coding); err == nil {
						t.Errorf("%s: half an answer looks whole: %d, %d bytes", coding, res.StatusCode, len(text))
					}
				}
			})
			t.Run("websocket", func(t *testing.T) {
				header := http.Header{"Accept-Encoding": {"gzip, zstd"}}
				dialer := websocket.Dialer{Jar: b.client.Jar}
				conn, res, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(b.server.URL, "http")+"/ws", header)
				if err != nil {
					t.Fatalf("%v: %v", err, res)
				}
				defer conn.Close()
				for _, text := range []string{"hello", strings.Repeat("long ", 20_000)} {
					if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
						t.Fatal(err)
					}
					if _, got, err := conn.ReadMessage(); err != nil || string(got) != "anna: "+text {
						t.Fatalf("%.40q, %v", got, err)
					}
				}
			})
		})
	}
}
