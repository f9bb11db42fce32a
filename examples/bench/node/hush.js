// pdf.js warns that it cannot draw, which nobody asks of it.
console.warn = () => {};
