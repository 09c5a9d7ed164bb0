//go:build dev

package inspect

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Limits of what is shown of one variable.
const (
	maxDepth  = 5
	maxNodes  = 250
	maxFields = 40
)

// width is how many elements are shown of something so deep.
func width(depth int) int { return max(6, 24>>depth) }

// printer makes the nodes of one variable.
type printer struct {
	in   *Inspector
	left int // nodes
	path map[target]string
}

// target is what a pointer that is being followed points to. The type is part of it: a
// struct has the address of its first field.
type target struct {
	addr uint64
	typ  *debuginfo.Type
}

func (in *Inspector) show(name string, v Value) value.Node {
	p := &printer{in: in, left: maxNodes, path: make(map[target]string)}
	return p.node(name, v, 0)
}

// node shows v.
func (p *printer) node(name string, v Value, depth int) value.Node {
	n := value.Node{Name: name}
	if v.typ != nil {
		n.Type = typeName(v.typ)
	}
	if v.lack != "" || v.typ == nil {
		n.Note = string(v.lack)
		if n.Note == "" {
			n.Note = string(unknownType)
		}
		return n
	}
	p.left--
	p.in.page.nodes--
	if v.typ.Kind == reflect.Interface {
		return p.iface(n, v, depth)
	}
	v = v.load()
	if p.masked(name, v) {
		n.Text, n.Masked = redact.Mask, true
		return n
	}
	if show := familiar(v.typ); show == nil || !show(p, &n, v, depth) {
		p.kind(&n, v, depth)
	}
	p.in.page.bytes -= len(n.Name) + len(n.Type) + len(n.Text)
	return n
}

// kind shows v by what it is made of.
func (p *printer) kind(n *value.Node, v Value, depth int) {
	switch v.typ.Kind {
	case reflect.String:
		p.text(n, v, depth)
	case reflect.Slice:
		p.slice(n, v, depth)
	case reflect.Array:
		p.array(n, v, depth)
	case reflect.Struct:
		p.structure(n, v, depth)
	case reflect.Pointer:
		p.pointer(n, v, depth)
	case reflect.Map:
		p.entries(n, v, depth)
	case reflect.Chan:
		p.channel(n, v, depth)
	case reflect.Func:
		p.function(n, v)
	default:
		text, why := v.scalar()
		n.Text, n.Note = p.in.redact.Text(text), string(why)
	}
}

// scalar is a number or truth value in Go's notation.
func (v Value) scalar() (string, lack) {
	size := v.typ.Size
	switch k := v.typ.Kind; {
	case k == reflect.Bool:
		n, why := v.number(0, 1)
		return known(strconv.FormatBool(n != 0), why)
	case k >= reflect.Int && k <= reflect.Int64:
		n, why := v.number(0, size)
		return known(strconv.FormatInt(signed(n, size), 10), why)
	case k >= reflect.Uint && k <= reflect.Uint64:
		n, why := v.number(0, size)
		return known(strconv.FormatUint(n, 10), why)
	case k == reflect.Uintptr, k == reflect.UnsafePointer:
		n, why := v.word(0)
		return known(address(n), why)
	case k == reflect.Float32, k == reflect.Float64:
		f, why := v.float(0, size)
		return known(strconv.FormatFloat(f, 'g', -1, int(8*size)), why)
	case k == reflect.Complex64, k == reflect.Complex128:
		re, why := v.float(0, size/2)
		if why != "" {
			return "", why
		}
		im, why := v.float(size/2, size/2)
		return known(strconv.FormatComplex(complex(re, im), 'g', -1, int(8*size)), why)
	}
	return "", unknownType
}

func known(text string, why lack) (string, lack) {
	if why != "" {
		return "", why
	}
	return text, ""
}

func address(n uint64) string {
	if n == 0 {
		return "nil"
	}
	return fmt.Sprintf("%#x", n)
}

func (v Value) float(offset, size int64) (float64, lack) {
	n, why := v.number(offset, size)
	if size == 4 {
		return float64(math.Float32frombits(uint32(n))), why
	}
	return math.Float64frombits(n), why
}

// inInterface is what is easily overlooked: such an interface compares unequal to nil.
const inInterface = "a nil pointer in an interface that is not nil"

// iface shows what is in v, an interface, in v's place.
func (p *printer) iface(n value.Node, v Value, depth int) value.Node {
	v = v.load()
	if missing(&n, v) {
		return n
	}
	d := v.dynamic()
	if d.lack != "" {
		n.Note = string(d.lack)
		if d.typ != v.typ {
			n.Type = typeName(d.typ)
		}
		return n
	}
	p.left++
	p.in.page.nodes++
	inner := p.node(n.Name, d, depth)
	if isNil, _ := d.IsNil(); isNil && d.typ.Kind == reflect.Pointer {
		inner.Note = inInterface
	}
	return inner
}

// pointer shows what v points to in v's place.
func (p *printer) pointer(n *value.Node, v Value, depth int) {
	addr, why := v.word(0)
	switch {
	case why != "":
		n.Note = string(why)
		return
	case addr == 0:
		n.Text = "nil"
		return
	}
	to := v.target()
	if to.lack != "" {
		n.Text = address(addr)
		return
	}
	at := target{addr, to.typ}
	if owner, ok := p.path[at]; ok {
		n.Text, n.Note = "&…", "points back"
		if owner != "" {
			n.Note += " to " + owner
		}
		return
	}
	if p.left <= 0 || depth >= maxDepth && to.typ.Kind == reflect.Pointer {
		n.Text = "&…"
		return
	}
	p.path[at] = n.Name
	inner := p.node(n.Name, to, depth)
	delete(p.path, at)
	if inner.Text == "" {
		n.Text, n.Note = address(addr), inner.Note
		return
	}
	amp := "&"
	if familiar(to.typ) != nil || inner.Masked {
		amp = ""
	}
	typ := n.Type
	*n = inner
	n.Type, n.Text = typ, amp+inner.Text
}

// missing says of v, of a kind that can be nil, that it is, or why it cannot be known, and reports
// whether it said so.
func missing(n *value.Node, v Value) bool {
	isNil, ok := v.IsNil()
	switch {
	case !ok:
		_, why := v.word(0)
		n.Note = string(why)
	case isNil:
		n.Text = "nil"
	default:
		return false
	}
	return true
}

// structure shows the fields of v. Those of a struct that is not the application's are
// folded away.
func (p *printer) structure(n *value.Node, v Value, depth int) {
	n.Text = "{…}"
	pkg := v.typ.Package()
	foreign := pkg != "" && trace.KindOf(pkg) != trace.Application
	if foreign {
		depth = max(depth, maxDepth-2)
	}
	fields := make([]debuginfo.Field, 0, len(v.typ.Fields))
	for _, f := range v.typ.Fields {
		if f.Name != "_" {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		n.Text = "{}"
		return
	}
	secret := p.namesSecret(v)
	n.Kids, n.More = p.parts(len(fields), maxFields, depth, func(i int) value.Node {
		f := fields[i]
		part := v.part(f.Offset, f.Type())
		if secret && pairValue[strings.ToLower(f.Name)] {
			return p.mask(f.Name, part)
		}
		return p.node(f.Name, part, depth+1)
	})
	if foreign {
		n.Folded = true
		n.Text = brief(n)
	}
}

// parts returns the first of n parts, as many as may be shown, and how many are left out.
func (p *printer) parts(n, most, depth int, part func(i int) value.Node) (kids []value.Node, more int) {
	if depth >= maxDepth {
		return nil, n
	}
	for i := range min(n, most) {
		if p.left <= 0 || p.in.page.full() || p.in.spent() {
			break
		}
		kids = append(kids, part(i))
	}
	return kids, n - len(kids)
}

// brief says of a folded struct what fits into a few words.
func brief(n *value.Node) string {
	const most, longest = 3, 40
	var words []string
	for _, kid := range n.Kids {
		if len(words) < most && kid.Text != "" && len(kid.Text) <= longest && len(kid.Kids) == 0 && kid.More == 0 {
			words = append(words, kid.Name+": "+kid.Text)
		}
	}
	if len(words) < len(n.Kids)+n.More {
		words = append(words, "…")
	}
	return "{" + strings.Join(words, ", ") + "}"
}

// function names the function that v, a func, is. A closure has the name of the function
// around it and a number.
func (p *printer) function(n *value.Node, v Value) {
	addr, why := v.word(0)
	switch {
	case why != "":
		n.Note = string(why)
		return
	case addr == 0:
		n.Text = "nil"
		return
	}
	code, ok := p.in.word(addr)
	f := runtime.FuncForPC(uintptr(code))
	if !ok || f == nil || uint64(f.Entry()) != code {
		n.Text, n.Note = address(addr), "no function is there"
		return
	}
	name, method := strings.CutSuffix(short(f.Name()), "-fm")
	if n.Text = name; method {
		n.Text += ", bound to its receiver"
	}
}
