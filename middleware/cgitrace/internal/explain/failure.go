//go:build dev

package explain

import (
	"go/constant"
	"go/token"
	"regexp"
	"strings"
)

// failure is what a panic's text says, as far as the runtime or the standard library has
// written it.
type failure struct {
	text    string
	pattern *pattern
	fields  []string
}

// number is the integer in the text's i-th gap, nil where it has none.
func (f failure) number(i int) constant.Value {
	if f.fields[i] == "" {
		return nil
	}
	negative := strings.HasPrefix(f.fields[i], "-")
	c := constant.MakeFromLiteral(strings.TrimPrefix(f.fields[i], "-"), token.INT, 0)
	if c.Kind() != constant.Int {
		return nil
	}
	if negative {
		c = constant.UnaryOp(token.SUB, c, 0)
	}
	return c
}

// pattern is a text that the runtime panics with (runtime/error.go, panic.go, chan.go,
// map, slice.go) and what finds the reason on the line.
type pattern struct {
	text  *regexp.Regexp
	judge func(e *evaluator, op operation, f failure) (verdict, string)
}

func says(text string) *regexp.Regexp { return regexp.MustCompile(`^(?:runtime error: )?` + text) }

var (
	failures []*pattern // of what stands on the line
	refusals []*pattern // of library functions that were called
)

func init() {
	// Not in the declaration: the judges come back to the patterns by way of evaluator.
	failures = []*pattern{
		{says(`invalid memory address or nil pointer dereference`), (*evaluator).nilDereference},
		{says(`value method (\S+) called using nil (\S+) pointer$`), (*evaluator).nilInInterface},
		{says(`index out of range \[(-?\d+)\](?: with length (\d+))?$`), (*evaluator).indexOutOfRange},
		{says(`slice bounds out of range \[(-?\d*)(:?)(-?\d*)(:?)(-?\d*)\](?: with (length|capacity) (\d+))?$`), (*evaluator).sliceOutOfRange},
		{says(`integer divide by zero$`), (*evaluator).division},
		{says(`negative shift amount$`), (*evaluator).shift},
		{says(`assignment to entry in nil map$`), (*evaluator).nilMap},
		{says(`interface conversion: (.+) is (.+), not (.+)$`), (*evaluator).assertion},
		{says(`interface conversion: (.+) is not (.+): missing method (\S+)$`), (*evaluator).missingMethod},
		{says(`cannot convert slice with length (\d+) to array or pointer to array with length (\d+)$`), (*evaluator).shortSlice},
		{says(`make(slice|chan): (len|cap|size) out of range$`), (*evaluator).impossibleSize},
		{says(`(send on|close of) (closed|nil) channel$`), (*evaluator).channel},
		{says(`(hash of unhashable|comparing uncomparable) type:? (.+)$`), (*evaluator).incomparable},
		{says(`panic called with nil argument`), (*evaluator).nilArgument},
	}
	refusals = []*pattern{
		{says(`sync: negative WaitGroup counter$`), (*evaluator).waitGroup},
		{says(`(?:strings|bytes|slices): negative Repeat count$`), argument("Repeat", 1, 0, "Repeat takes no negative count")},
		{says(`(?:strings\.Builder|bytes\.Buffer)\.Grow: negative count$`), argument("Grow", 0, 0, "Grow takes no negative count")},
		{says(`invalid argument to (Int\d*n|(?:Int|Uint)\d*N|N)$`), argument("", 0, 1, "the numbers below it are to choose from")},
		{says(`non-positive interval for (?:Ticker\.)?(NewTicker|Reset)$`), argument("", 0, 1, "a ticker needs an interval above 0")},
		{says(`cannot create context from nil parent$`), (*evaluator).nilParent},
	}
}

// classify finds what the text is about.
func classify(text string, patterns []*pattern) (failure, bool) {
	for _, p := range patterns {
		if m := p.text.FindStringSubmatch(text); m != nil {
			return failure{text, p, m[1:]}, true
		}
	}
	return failure{}, false
}
