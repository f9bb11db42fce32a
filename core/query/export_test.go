package query

// MaxLooked is how many records a page is looked for among.
const MaxLooked = maxLooked
