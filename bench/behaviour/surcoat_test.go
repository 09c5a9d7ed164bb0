package behaviour_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// surcoatStack is all layers together. The guard lets strangers pass: it is the
// behaviour of its layer that is asked for.
var surcoatStack = layerSubject{subject{name: "surcoat", title: "surcoat", ours: true}, func(testing.TB) layer {
	return middleware.Stack{
		Forwarded: &forwarded.Proxies{},
		Trace:     &cgitrace.Page{},
		Compress:  &gzip.Compressor{},
		Session:   &session.Manager{},
		Auth:      &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}, Optional: true},
	}.Chain().Then
}}

var surcoatGzip = layerSubject{subject{name: "surcoat", title: "surcoat", ours: true}, func(testing.TB) layer {
	return (&gzip.Compressor{}).Wrap
}}
