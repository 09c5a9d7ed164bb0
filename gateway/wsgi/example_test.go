package wsgi_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// A Django site in its virtual environment, ended in good order.
func ExampleApp() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	app := &wsgi.App{
		Module:      "mysite.wsgi",
		Dir:         "/srv/mysite",
		Virtualenv:  "/srv/mysite/venv",
		MaxRequests: 10_000,
		Env:         map[string]string{"DJANGO_SETTINGS_MODULE": "mysite.settings"},
	}
	if err := app.Start(ctx); err != nil {
		log.Fatal(err)
	}
	srv := &http.Server{Addr: "localhost:8080", Handler: app}
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_ = srv.Shutdown(end)
		_ = app.Shutdown(end)
	}()
	log.Print(srv.ListenAndServe())
}

// What is wrong with an application is told when it is started.
func ExampleException() {
	app := &wsgi.App{Module: "no_such_module_anywhere"}
	defer app.Close()
	var e *wsgi.Exception
	if err := app.Start(context.Background()); errors.As(err, &e) {
		fmt.Println(e.Last())
	}
	// ModuleNotFoundError: No module named 'no_such_module_anywhere'
}
