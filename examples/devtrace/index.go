package main

import (
	_ "embed"
	"html/template"
	"log"
	"net/http"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// failure is a page that does not work.
type failure struct {
	Path     string
	Title    string
	Sentence string // what there is to see
	Fields   []field
	serve    http.HandlerFunc
}

// field is one of a form that is posted. A failure without fields is a link.
type field struct{ Name, Type, Value string }

// group is the failures of one kind.
type group struct {
	Title    string
	Failures []failure
}

var groups = []group{
	{"What the runtime finds", []failure{
		{"/nil", "A nil field, deep inside", "Three structs down a pointer is nil. Which one?", nil, label},
		{"/index", "An index that was computed", "The sum of two numbers is beyond the end of a slice.", nil, pickOfTheDay},
		{"/slice", "A slice of the wrong bounds", "The end of the page comes before its beginning.", nil, lastPage},
		{"/map", "An entry for a nil map", "A struct was made without its map.", nil, countVisit},
		{"/assertion", "A type assertion", "What came out of the context is not what was put in.", nil, currency},
		{"/channel", "A closed channel", "Somebody sends after somebody else has closed.", nil, announce},
		{"/division", "A division", "An average of nothing.", nil, averagePrice},
	}},
	{"What the program says itself", []failure{
		{"/errors", "A tree of errors", "One error wraps another, which joins two, one of which wraps a third.", nil, restock},
		{"/custom", "A value of its own type", "The panic was given a struct, whose fields are worth reading.", nil, reserve},
		{"/nothing", "panic(nil)", "Nothing is something too.", nil, nothing},
		{"/again", "A panic during a panic", "A deferred function fails while it cleans up after a failure. Both places are shown.", nil, checkout},
		{"/captured", "A closure", "What a function literal has taken along from the function around it.", nil, discount},
	}},
	{"Where it happens", []failure{
		{"/template", "In a template", "A method fails when a template calls it, with half of the page written. A dev build takes it back.", nil, receipt},
		{"/half", "In the middle of a page", "The first half has been sent. The traceback stands below it.", nil, catalogue},
		{"/api/orders/7", "In an API", "Programs get JSON: try curl -H 'Accept: application/json' with this link; with curl alone it is text.", nil, order},
		{"/lint", "After another mistake", "The handler misused its ResponseWriter before it failed, and the page says where.", nil, redirect},
		{"/own", "Under a recover of its own", "The handler recovers, hands the panic to cgitrace.Show, and puts right what it has to.", nil, careful},
	}},
	{"What a page must cope with", []failure{
		{"/secret", "A password", "It is in the form, in variables and in the text of the error. On the page it is nowhere.", []field{{"user", "text", "ada"}, {"password", "password", "correct horse battery"}}, signIn},
		{"/big", "Large and endless values", "A map of 5,000, a list that bites its own tail, a slice of 80 MB. The page stays small.", nil, inventory},
		{"/deep", "A deep recursion", "Thousands of frames, of which the outer and the inner are shown.", nil, categories},
		{"/locked", "A value that must not be asked", "Its String method would wait for ever for a lock that the failing frame holds.", nil, withLock},
	}},
}

// failures are those of all groups.
var failures = func() (all []failure) {
	for _, g := range groups {
		all = append(all, g.Failures...)
	}
	return all
}()

//go:embed index.html
var indexText string

var indexPage = template.Must(template.New("index").Parse(indexText))

func index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	err := indexPage.Execute(w, struct {
		Dev    bool
		Groups []group
	}{cgitrace.Enabled, groups})
	if err != nil {
		log.Print(err) // the browser has gone
	}
}
