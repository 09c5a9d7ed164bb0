//go:build dev

package inspect

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// maxParents bounds how far up a context is followed.
const maxParents = 32

// contexts shows a context by what it does, with the values that it carries below. A
// context is a list: each of its parts wraps the one before.
func contexts(p *printer, n *value.Node, v Value, depth int) bool {
	var words []string
	var carried []Value
	ended := ""
	for range maxParents {
		if v.typ == nil || v.lack != "" {
			break
		}
		switch v.typ.Name {
		case "context.backgroundCtx", "context.todoCtx":
			v = Value{}
			continue
		case "context.valueCtx":
			carried = append(carried, v)
		case "context.timerCtx":
			if t, _, ok := instant(v.field("deadline")); ok {
				words = append(words, "until "+t.Format(time.RFC3339))
			}
		case "context.cancelCtx":
			words = append(words, "can be cancelled")
			if ended == "" {
				ended = ending(v)
			}
		case "context.afterFuncCtx", "context.stopCtx":
		case "context.withoutCancelCtx":
			words = append(words, "is not cancelled with its parent")
		default:
			words = append(words, "of "+typeName(v.typ))
		}
		v = parent(v)
	}
	if len(carried) > 0 {
		words = append(words, fmt.Sprintf("carries %d", len(carried)))
	}
	if ended != "" {
		words = append([]string{"ended: " + ended}, words...)
	}
	if len(words) == 0 {
		words = []string{"empty"}
	}
	n.Text = p.in.redact.Text(strings.Join(words, ", "))
	depth = max(depth, maxDepth-2)
	n.Folded = true
	n.Kids, n.More = p.parts(len(carried), width(0), depth, func(i int) value.Node {
		key := p.key(carried[i].field("key"))
		if s, err := strconv.Unquote(key); err == nil {
			key = s
		}
		return p.node(key, carried[i].field("val"), depth+1)
	})
	return true
}

// parent is the context around v, with its own type.
func parent(v Value) Value {
	for _, name := range []string{"Context", "c", "cancelCtx"} {
		f := v.field(name)
		if f.lack != "" {
			continue
		}
		if f.typ.Kind == reflect.Interface {
			if f = f.dynamic(); f.lack == "" && f.typ.Kind == reflect.Pointer {
				f = f.target()
			}
		}
		return f
	}
	return Value{}
}

// ending is the error of a cancelCtx that was cancelled, "" before.
func ending(v Value) string {
	err := v.field("err")
	if inner := err.field("v"); inner.lack == "" { // an atomic.Value, since Go 1.25
		err = inner
	}
	if isNil, ok := err.IsNil(); isNil || !ok {
		return ""
	}
	text, _ := wordingOf(err, maxWrapped)
	return text
}
