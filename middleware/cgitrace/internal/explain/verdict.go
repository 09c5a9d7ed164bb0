//go:build dev

package explain

// verdict is what the values say of an operation and a failure.
type verdict int

const (
	sound   verdict = iota // it did not fail in this way
	failing                // it fails in this way
	unknown                // it can have failed; values are missing
)

// explain says why the line failed with that text, "" where it is not known.
func (e *evaluator) explain(text string) string {
	if f, ok := classify(text, failures); ok {
		return e.reason(f)
	}
	return e.thrown((*evaluator).isPanic)
}

// explainCall says why something that the line called failed with that text.
func (e *evaluator) explainCall(text string) string {
	if f, ok := classify(text, refusals); ok {
		return e.reason(f)
	}
	return e.thrown((*evaluator).isLogPanic)
}

// reason judges each operation of the line and returns why it failed, "" where the
// values do not show that.
//
// An operation that fails by its values is the reason. One that only can have failed is
// where it is the only one: then the failure itself proves that it did, and says with which values.
func (e *evaluator) reason(f failure) string {
	e.judging = &f
	var failed, doubtful []string // sentences
	for _, op := range e.operations() {
		if op.reach == never {
			continue
		}
		switch v, sentence := f.pattern.judge(e, op, f); {
		case v == failing && op.reach == certain:
			return sentence
		case v == failing:
			failed = appendNew(failed, sentence)
		case v == unknown:
			doubtful = appendNew(doubtful, sentence)
		}
	}
	if e.steps > maxSteps {
		return "" // not all was looked at
	}
	if all := append(failed, doubtful...); len(all) == 1 {
		return all[0]
	}
	return ""
}

// appendNew appends s unless it is there: one cause can make two operations fail. No
// sentence is ever the same as another.
func appendNew(list []string, s string) []string {
	for _, other := range list {
		if s != "" && s == other {
			return list
		}
	}
	return append(list, s)
}
