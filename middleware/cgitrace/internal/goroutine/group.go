//go:build dev

// Package goroutine makes of the dump of all goroutines, as runtime.Stack writes it, a
// list that can be read: those that stand at the same place are one entry.
package goroutine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Group is the goroutines that have the same stack and wait for the same thing.
type Group struct {
	Count   int      `json:"count"`
	State   string   `json:"state"`             // "running", "chan receive"
	Minutes int      `json:"minutes,omitempty"` // for how long the one that waits longest has; 0: less than one
	IDs     []string `json:"ids"`               // the first few
	Stack   []Call   `json:"stack"`             // innermost first
	Creator Call     `json:"created_by"`        // the go statement; no function: not known
}

// Call is a frame of a stack, without the words of its arguments, which differ
// from goroutine to goroutine and may be secrets.
type Call struct {
	Function string `json:"function"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

// maxIDs bounds Group.IDs.
const maxIDs = 8

// Groups reads a dump. The group of its first goroutine, which is the one that asked for the
// dump, comes first; the others follow, the largest in front. What is no dump, or is cut
// short, gives as many groups as can be made out.
func Groups(dump string) []Group {
	var groups []Group
	index := make(map[string]int)
	for block := range strings.SplitSeq(dump, "\n\n") {
		g, ok := parse(block)
		if !ok {
			continue
		}
		key := g.key()
		at, known := index[key]
		if !known {
			index[key] = len(groups)
			groups = append(groups, g)
			continue
		}
		same := &groups[at]
		same.Count++
		same.Minutes = max(same.Minutes, g.Minutes)
		if len(same.IDs) < maxIDs {
			same.IDs = append(same.IDs, g.IDs...)
		}
	}
	if len(groups) > 1 {
		slices.SortStableFunc(groups[1:], func(a, b Group) int { return cmp.Compare(b.Count, a.Count) })
	}
	return groups
}

// key is equal for goroutines that belong together.
func (g Group) key() string {
	var b strings.Builder
	b.WriteString(g.State)
	for _, c := range append(g.Stack, g.Creator) {
		b.WriteString("\n" + c.Function + "\t" + c.File + ":" + strconv.Itoa(c.Line))
	}
	return b.String()
}

// Entry is the function that the goroutine was started with.
func (g Group) Entry() string {
	if len(g.Stack) == 0 {
		return ""
	}
	return g.Stack[len(g.Stack)-1].Function
}

// parse reads the part of a dump on one goroutine.
func parse(block string) (g Group, ok bool) {
	head, rest, _ := strings.Cut(strings.TrimLeft(block, "\n"), "\n")
	g, ok = parseHead(head)
	if !ok {
		return Group{}, false
	}
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if place, isPlace := strings.CutPrefix(line, "\t"); isPlace {
			g.place(place)
			continue
		}
		if by, created := strings.CutPrefix(line, "created by "); created {
			g.Creator.Function, _, _ = strings.Cut(by, " in goroutine ")
			continue
		}
		if line != "" {
			g.Stack = append(g.Stack, Call{Function: function(line)})
		}
	}
	return g, true
}

// parseHead reads "goroutine 18 [chan receive, 3 minutes, locked to thread]:".
func parseHead(line string) (g Group, ok bool) {
	rest, ok := strings.CutPrefix(line, "goroutine ")
	if !ok {
		return Group{}, false
	}
	id, rest, ok := strings.Cut(rest, " ")
	if _, err := strconv.ParseUint(id, 10, 64); err != nil || !ok {
		return Group{}, false
	}
	_, rest, ok = strings.Cut(rest, "[")
	if !ok {
		return Group{}, false
	}
	rest, _, _ = strings.Cut(rest, "]")
	var state []string
	minutes := 0
	for part := range strings.SplitSeq(rest, ", ") {
		if n, found := strings.CutSuffix(part, " minutes"); found {
			minutes, _ = strconv.Atoi(n) // 0 is as good as unknown
			continue
		}
		state = append(state, part)
	}
	return Group{Count: 1, State: strings.Join(state, ", "), Minutes: minutes, IDs: []string{id}}, true
}

// place puts where a call is, "/src/a.go:12 +0x1d", into the call that was read last.
func (g *Group) place(text string) {
	last := &g.Creator
	if last.Function == "" {
		if len(g.Stack) == 0 {
			return
		}
		last = &g.Stack[len(g.Stack)-1]
	}
	text, _, _ = strings.Cut(text, " +0x")
	colon := strings.LastIndexByte(text, ':')
	if line, err := strconv.Atoi(text[colon+1:]); colon >= 0 && err == nil {
		last.File, last.Line = text[:colon], line
	}
}

// function takes the arguments off "net/http.(*conn).serve(0xc000102000, {0x7, 0x8})".
// They hold no parentheses, and what is in those of a receiver is not at the end.
func function(line string) string {
	if open := strings.LastIndexByte(line, '('); open > 0 && strings.HasSuffix(line, ")") {
		return line[:open]
	}
	return line
}
