"""Tables that fill a screen: columns that stay, sorting, a selection and a line of totals."""
