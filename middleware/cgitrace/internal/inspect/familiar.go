//go:build dev

package inspect

import (
	"fmt"
	"io/fs"
	"math/big"
	"reflect"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// A presentation shows v in n as what it means to its users. It reports false where it cannot,
// and then v is shown by what it is made of. It finds fields by their names, and
// calls nothing but the standard library, on copies of a few bytes.
type presentation func(p *printer, n *value.Node, v Value, depth int) bool

// familiar returns the presentation of t, nil for most types.
func familiar(t *debuginfo.Type) presentation {
	name, _, _ := strings.Cut(t.Name, "[")
	return presentations()[name]
}

func presentations() map[string]presentation { return all }

// all is filled when the package is set up, for the presentations lead back to it.
var all map[string]presentation

func init() {
	all = map[string]presentation{
		"context.afterFuncCtx":     contexts,
		"context.backgroundCtx":    contexts,
		"context.cancelCtx":        contexts,
		"context.stopCtx":          contexts,
		"context.timerCtx":         contexts,
		"context.todoCtx":          contexts,
		"context.valueCtx":         contexts,
		"context.withoutCancelCtx": contexts,
		"encoding/json.RawMessage": said(rawMessage),
		"bytes.Buffer":             buffer,
		"internal/sync.Mutex":      said(mutex),
		"io/fs.FileMode":           said(fileMode),
		"math/big.Int":             said(bigInt),
		"math/big.Rat":             said(bigRat),
		"net.IP":                   said(oldAddress),
		"net/http.Request":         request,
		"net/netip.Addr":           said(addr),
		"net/netip.AddrPort":       said(addrPort),
		"net/netip.Prefix":         said(prefix),
		"net/url.URL":              said(urlText),
		"os.File":                  file,
		"reflect.Kind":             said(kindName),
		"reflect.rtype":            said(reflected),
		"strings.Builder":          buffer,
		"sync.Mutex":               said(mutex),
		"sync.Once":                said(once),
		"sync.RWMutex":             said(rwMutex),
		"sync.WaitGroup":           said(waitGroup),
		"sync/atomic.Bool":         said(atomicBool),
		"sync/atomic.Int32":        inner("v"),
		"sync/atomic.Int64":        inner("v"),
		"sync/atomic.Pointer":      atomicPointer,
		"sync/atomic.Uint32":       inner("v"),
		"sync/atomic.Uint64":       inner("v"),
		"sync/atomic.Uintptr":      inner("v"),
		"sync/atomic.Value":        inner("v"),
		"time.Duration":            said(duration),
		"time.Location":            said(zoneName),
		"time.Month":               said(month),
		"time.Time":                said(moment),
		"time.Weekday":             said(weekday),
		"unique.Handle":            inner("value"),
	}
	for name := range wordings {
		all[name] = fault
	}
}

// said is the presentation of what a few words say.
func said(words func(v Value) (string, bool)) presentation {
	return func(p *printer, n *value.Node, v Value, _ int) bool {
		text, ok := words(v)
		if ok {
			n.Text = p.in.redact.Text(text)
		}
		return ok
	}
}

// inner is the presentation of what is but a wrapping of one of its fields.
func inner(name string) presentation {
	return func(p *printer, n *value.Node, v Value, depth int) bool {
		f := v.field(name)
		if f.lack == "" {
			p.instead(n, f, depth)
		}
		return f.lack == ""
	}
}

// instead shows v in n, which keeps its own type.
func (p *printer) instead(n *value.Node, v Value, depth int) {
	typ := n.Type
	*n = p.node(n.Name, v, depth)
	n.Type = typ
}

// atomicPointer finds the type of what is pointed to in the field that the struct has for
// nothing else.
func atomicPointer(p *printer, n *value.Node, v Value, depth int) bool {
	f := v.field("v")
	for _, none := range v.typ.Fields {
		if t := none.Type(); t != nil && t.Kind == reflect.Array && t.Count == 0 && t.Elem() != nil && f.lack == "" {
			f.typ = t.Elem()
			p.instead(n, f, depth)
			return true
		}
	}
	return false
}

// buffer shows what a bytes.Buffer has still to be read, or a strings.Builder has built.
func buffer(p *printer, n *value.Node, v Value, depth int) bool {
	most := p.clip(depth)
	content := v.field("buf")
	if content.lack != "" {
		return false
	}
	b, length, why := content.content(maxText)
	if why != "" {
		return false
	}
	if off, ok := v.field("off").Int(); ok && off >= 0 && off <= int64(len(b)) {
		b, length = b[off:], length-off
	}
	n.Text = p.raw(b[:min(len(b), most+margin)], length, most)
	return true
}

func rawMessage(v Value) (string, bool) {
	b, length, why := v.content(maxText)
	if why != "" || !isText(b, false) || length != int64(len(b)) || length == 0 || length > 2<<10 {
		return "", false
	}
	return string(b), true
}

func file(p *printer, n *value.Node, v Value, depth int) bool {
	name, ok := v.Field("name") // of the struct that os.File embeds a pointer to
	if ok {
		p.text(n, name, depth)
	}
	return ok && n.Note == ""
}

func fileMode(v Value) (string, bool) {
	n, ok := v.Uint()
	return fs.FileMode(n).String(), ok
}

func kindName(v Value) (string, bool) {
	n, ok := v.Uint()
	return reflect.Kind(n).String(), ok
}

// reflected is the name of the type whose descriptor v is.
func reflected(v Value) (string, bool) {
	t := v.in.info.RuntimeType(v.addr)
	if t == nil || v.addr == 0 {
		return "", false
	}
	return typeName(t), true
}

// maxWords bounds the big numbers that are calculated: printing takes time that grows
// with the square of their length.
const maxWords = 64

func bigInt(v Value) (string, bool) {
	i, text, ok := bigNumber(v)
	if text == "" && ok {
		text = i.String()
	}
	return text, ok
}

func bigRat(v Value) (string, bool) {
	a, tooLong, ok := bigNumber(v.field("a"))
	b, tooLong2, ok2 := bigNumber(v.field("b"))
	if !ok || !ok2 || tooLong+tooLong2 != "" {
		return "", false
	}
	if b.Sign() == 0 { // an integer has no denominator
		return a.String(), true
	}
	return a.String() + "/" + b.String(), true
}

// bigNumber copies a big.Int, or says how long it is.
func bigNumber(v Value) (i *big.Int, tooLong string, ok bool) {
	words := v.field("abs")
	n, ok := words.Len()
	if !ok {
		return nil, "", false
	}
	if n > maxWords {
		return nil, fmt.Sprintf("a number of about %d bits", n*8*wordSize), true
	}
	bits := make([]big.Word, n)
	for k := range bits {
		word, ok := words.Index(int64(k))
		if !ok {
			return nil, "", false
		}
		w, ok := word.Uint()
		if !ok {
			return nil, "", false
		}
		bits[k] = big.Word(w)
	}
	i = new(big.Int).SetBits(bits)
	if negative, ok := v.field("neg").Bool(); !ok {
		return nil, "", false
	} else if negative {
		i.Neg(i)
	}
	return i, "", true
}
