// Command site is what surcoat dev is tested on: a server that knows nothing of it.
package main

import (
	"embed"
	"flag"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"example.com/site/words"
)

//go:embed static
var static embed.FS

func main() {
	addr := flag.String("addr", ":8080", "")
	child := flag.Bool("child", false, "start a process that does not end by itself")
	flag.Parse()
	if *child {
		if err := exec.Command("sh", "-c", "trap '' TERM; while :; do sleep 1; done").Start(); err != nil {
			log.Fatal(err)
		}
	}
	page := template.Must(template.ParseFiles("views/page.html"))
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		style, _ := static.ReadFile("static/style.css")
		if err := page.Execute(w, words.Greeting+" "+string(style)); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		log.Print(r.Method, " ", r.URL.Path)
		d, _ := time.ParseDuration(r.FormValue("for"))
		time.Sleep(d)
		fmt.Fprint(w, words.Greeting)
	})
	http.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { go panic("no such luck") })
	http.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	http.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getenv("ADDR"), " ", os.Getenv("PORT"), " ", r.RemoteAddr)
	})
	http.HandleFunc("/build", func(w http.ResponseWriter, _ *http.Request) {
		info, _ := debug.ReadBuildInfo()
		fmt.Fprint(w, info)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
