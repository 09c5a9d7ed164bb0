package cgitrace_test

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// fetch asks h for a page as a browser on another machine would, and prints the beginning
// of the answer's lines that have what in them.
func fetch(h http.Handler, what string) {
	r := httptest.NewRequest("GET", "http://shop.example/", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, what) {
			fmt.Print(line)
		}
	}
}

func ExamplePage() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic("the stock file is gone")
	})
	page := &cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}
	fetch(page.Wrap(app), "<h1>")
	// Output:
	// 500
	// <h1>Something went wrong</h1>
}

func ExamplePage_template() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic("the stock file is gone")
	})
	page := &cgitrace.Page{
		Logger:   slog.New(slog.DiscardHandler),
		Template: template.Must(template.New("error").Parse("<p>Our {{.Status}}: {{.Title}}. Please call us.\n")),
	}
	fetch(page.Wrap(app), "<p>")
	// Output:
	// 500
	// <p>Our 500: Something went wrong. Please call us.
}

// A handler that recovers by itself can still answer as Page does.
func ExampleShow() {
	job := func(w http.ResponseWriter, r *http.Request) {
		defer func() { cgitrace.Show(w, r, recover()) }()
		panic("no paper")
	}
	page := &cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}
	fetch(page.Wrap(http.HandlerFunc(job)), "<h1>")
	// Output:
	// 500
	// <h1>Something went wrong</h1>
}

// Page cannot see a panic in a goroutine that the handler starts: it would end the
// program. Such a goroutine recovers by itself, and hands the handler an error to show.
func ExampleShow_incorrect() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failed := make(chan any)
		go func() {
			defer func() { failed <- recover() }() // without this line the process dies
			panic("in the background")
		}()
		cgitrace.Show(w, r, <-failed)
	})
	page := &cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}
	fetch(page.Wrap(app), "<h1>")
	// Output:
	// 500
	// <h1>Something went wrong</h1>
}
