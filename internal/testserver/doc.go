// Package testserver starts real servers for tests: Redis alone, as a cluster and under
// Sentinel, and Postgres.
//
//	srv := testserver.Redis(t)
//	store, err := redisstore.Open(ctx, redisstore.Config{URL: srv.URL()})
//	srv.Kill()  // as a power cut
//	srv.Start() // again: same address, same folder
//
// A server listens on 127.0.0.1 at a free port, keeps its files in a temporary folder
// of its own, and answers when the function returns. It is stopped when the test ends,
// and dies with the test's process where the system is Linux. If the test failed, the
// end of its log is printed.
//
// Where the program is not installed, or another one that [Program] looks for, the test is
// skipped, and fails when the environment variable CI is set.
//
// What does not work ends the test with Fatal. Methods are therefore for the goroutine
// of the test that started the server, unless they return an error.
package testserver
