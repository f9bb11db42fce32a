// The text of a PDF by a reader that knows every PDF, as the home's does.
import './hush.js';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import * as worker from 'pdfjs-dist/legacy/build/pdf.worker.mjs';
import { run } from './ondine.js';

globalThis.pdfjsWorker = worker; // in this thread: a worker would cost more

await run(async (pdf) => {
  const task = getDocument({ data: new Uint8Array(pdf), disableFontFace: true, verbosity: 0 });
  const document = await task.promise;
  const parts = [];
  for (let n = 1; n <= document.numPages; n++) {
    const content = await (await document.getPage(n)).getTextContent();
    parts.push(...content.items.map((item) => item.str));
  }
  await task.destroy();
  return parts.join('\n');
});
