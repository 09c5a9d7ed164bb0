//go:build dev

package explain

// Of is Line for a function called main.f in a file of this text, with values of the test's own.
func Of(path string, text []byte, line int, function, failure string, scope Scope) (reason string, expressions []Expression) {
	f := parse(path, text)
	if f == nil {
		return "", nil
	}
	return explainAt(f, line, function, failure, scope)
}

// At is Of for a text that is parsed once.
func At(text []byte, line int, function string) func(failure string, scope Scope) (string, []Expression) {
	f := parse("", text)
	return func(failure string, scope Scope) (string, []Expression) {
		return explainAt(f, line, function, failure, scope)
	}
}

func explainAt(f *file, line int, function, failure string, scope Scope) (reason string, expressions []Expression) {
	s := find(f, line, function)
	if s == nil {
		return "", nil
	}
	if failure != "" {
		reason = newEvaluator(s, scope, "main").explain(failure)
	}
	if failure != "" && reason == "" {
		reason = newEvaluator(s, scope, "main").explainCall(failure)
	}
	return reason, newEvaluator(s, scope, "main").expressions()
}

// OfInlined is Of for a function that has no frame of its own.
func OfInlined(text []byte, line int, failure string, scope Scope) string {
	e := newEvaluator(find(parse("", text), line, "main.f"), scope, "main")
	e.inlined = true
	return e.explain(failure)
}

// NamesOf is Names for a text.
func NamesOf(text []byte, line int) []string {
	if f := parse("", text); f != nil {
		return f.names(line)
	}
	return nil
}
