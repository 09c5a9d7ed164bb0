// Surcoat does from a shell what goes with the library of that name: it runs a program
// under development, edits password files, makes and rotates the keys of session cookies,
// and makes bearer tokens.
//
//	surcoat dev PACKAGE                build and run a program, again after each change
//	surcoat doctor FILE                say why a web server's CGI program fails
//	surcoat doctor --probe URL --dir DIR  say what a web server does with a good one
//	surcoat passwd FILE USER           set a user's password, asked for twice
//	surcoat passwd --stdin FILE USER   set it to the first line of standard input
//	surcoat passwd --verify FILE USER  say whether a password is the user's
//	surcoat passwd --delete FILE USER  remove the user
//	surcoat keys FILE                  make a key file where there is none, and name its keys
//	surcoat keys rotate FILE           put a new key in front
//	surcoat keys new                   print a new key
//	surcoat token new USER             make a bearer token, and what a store keeps of it
//	surcoat token check                say whether standard input is such a token
//
// `surcoat COMMAND --help` tells the options. Options may stand before and after what they
// apply to; "--" ends them.
//
// The exit status is 0 where what was asked for was done, or the answer is yes; 1 where it
// could not be done, or the answer is no; and 2 where the command line makes no sense.
// Answers go to standard output, questions and errors to standard error. A password is
// never an argument, as arguments are seen by everybody on the machine and kept by shells.
package main
