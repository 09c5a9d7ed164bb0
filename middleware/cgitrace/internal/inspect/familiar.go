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
	switch name {
	case "context.afterFuncCtx", "context.backgroundCtx", "context.cancelCtx", "context.stopCtx", "context.timerCtx", "context.todoCtx", "context.valueCtx", "context.withoutCancelCtx":
		return contexts
	case "encoding/json.RawMessage":
		return said(rawMessage)
	case "bytes.Buffer", "strings.Builder":
		return buffer
	case "internal/sync.Mutex", "sync.Mutex":
		return said(mutex)
	case "io/fs.FileMode":
		return said(fileMode)
	case "math/big.Int":
		return said(bigInt)
	case "math/big.Rat":
		return said(bigRat)
	case "net.IP":
		return said(oldAddress)
	case "net/http.Request":
		return request
	case "net/netip.Addr":
		return said(addr)
	case "net/netip.AddrPort":
		return said(addrPort)
	case "net/netip.Prefix":
		return said(prefix)
	case "net/url.URL":
		return said(urlText)
	case "os.File":
		return file
	case "reflect.Kind":
		return said(kindName)
	case "reflect.rtype":
		return said(reflected)
	case "sync.Once":
		return said(once)
	case "sync.RWMutex":
		return said(rwMutex)
	case "sync.WaitGroup":
		return said(waitGroup)
	case "sync/atomic.Bool":
		return said(atomicBool)
	case "sync/atomic.Int32", "sync/atomic.Int64", "sync/atomic.Uint32", "sync/atomic.Uint64", "sync/atomic.Uintptr", "sync/atomic.Value":
		return inner("v")
	case "sync/atomic.Pointer":
		return atomicPointer
	case "time.Duration":
		return said(duration)
	case "time.Location":
		return said(zoneName)
	case "time.Month":
		return said(month)
	case "time.Time":
		return said(moment)
	case "time.Weekday":
		return said(weekday)
	case "unique.Handle":
		return inner("value")
	}
	if wordingFor(name) != nil {
		return fault
	}
	return nil
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
