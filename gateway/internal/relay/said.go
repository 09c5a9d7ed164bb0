package relay

// Said is the error of an application that failed, with what it wrote to its standard error. In dev
// builds with a [cgitrace.Page] around, [Fail] shows that to the developer.
//
// [cgitrace.Page]: https://pkg.go.dev/github.com/surcoat/surcoat/middleware/cgitrace#Page
type Said struct {
	Err error
	// Stderr is the end of it. The log has it already, so that the error's text has not.
	Stderr string
	// Diagnose says more about the cause, for the developer, "" if it can say nothing. It is only
	// called where that is shown. nil: nothing more is known.
	Diagnose func() string
}

// Error implements error.
func (s *Said) Error() string { return s.Err.Error() }

// Unwrap returns Err.
func (s *Said) Unwrap() error { return s.Err }
