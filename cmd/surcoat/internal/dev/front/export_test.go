package front

// Entrance is the address from which the program is called.
var Entrance = entrance
