// Command faultywiki is the wiki with one fault in it, for tests of what people see
// then: a page called Panic, whose reader panics, and one called Failure, whose reader
// returns an error. Everything else is the wiki's own. With --recent administrators are
// asked for their password sooner than after ten minutes.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware/session"
)

// faulty is a store of pages whose reader fails.
type faulty struct {
	*page.Store
	reads map[page.Title]int // which nobody has made
}

func (f faulty) Latest(t page.Title) (page.Page, error) {
	switch t {
	case "Panic":
		f.reads[t]++ // a panic of the runtime, as a slip in a handler causes
	case "Failure":
		return page.Page{}, errors.New("the disk said: secret words that are nobody's business")
	}
	return f.Store.Latest(t)
}

// founder is no secret: there is nothing to look after.
const founder = "founder"

func main() {
	listen := flag.String("listen", "http://localhost:0", "the URL to serve at")
	data := flag.String("data", "", "the folder for data")
	recent := flag.Duration("recent", 0, "how long after they signed in administrators may look after accounts")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := serve(*listen, *data, *recent, log); err != nil {
		log.Error("faultywiki", "error", err)
		os.Exit(1)
	}
}

func serve(listen, data string, recent time.Duration, log *slog.Logger) error {
	folder, err := disk.Open(data)
	if err != nil {
		return err
	}
	handler, _, err := site.New(site.Config{
		Name: "Faulty", Pages: faulty{Store: page.NewStore(folder)}, Users: people.NewStore(folder),
		Files: attachment.NewStore(folder), Log: log,
		Sessions: session.NewServerStore(&session.Memory{}), Founder: founder, Recent: recent,
	})
	if err != nil {
		return err
	}
	l, err := gateway.Listen(context.Background(), listen)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	log.Info("no administrator yet", "link", "http://localhost:"+port+site.FounderHref(founder))
	log.Info("ready", "url", "http://localhost:"+port+"/")
	return http.Serve(l, handler)
}
