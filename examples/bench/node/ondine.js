// What the connector ondine does, as a Node program would do it: a reference of
// the benchmark. It signs in, walks the pages, writes each PDF to a file and
// each record as a line of JSON.
//
//	node quick.mjs|pdfjs.mjs ADDRESS USER PASSWORD DIR
//
// One request at a time on one kept connection, as the connector.
import { createWriteStream, writeFileSync } from 'node:fs';
import http from 'node:http';
import { load } from 'cheerio/slim';

const [address, user, password, dir] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const cookies = new Map();
const vendor = 'Ondine Télécom';

function request(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') };
    if (body) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const req = http.request(url, { method, agent, headers }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(chunks) }));
    });
    req.on('error', reject);
    req.end(body);
  });
}

// fetch follows redirects and keeps cookies.
async function fetch(method, path, body) {
  let url = new URL(path, address);
  for (let hop = 0; hop < 10; hop++) {
    const res = await request(method, url, body);
    for (const cookie of res.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    if (res.status < 300 || res.status > 399) {
      if (res.status !== 200) throw new Error(`${url}: ${res.status}`);
      return { ...res, url };
    }
    url = new URL(res.headers.location, url);
    method = 'GET';
    body = undefined;
  }
  throw new Error('too many redirects');
}

const page = async (path) => load((await fetch('GET', path)).body.toString('utf8'));

async function signIn() {
  const csrf = (await page('/login'))('form#connexion input[name=csrf]').attr('value');
  const landed = await fetch('POST', '/login', new URLSearchParams({ csrf, username: user, password }).toString());
  const $ = load(landed.body.toString('utf8'));
  if ($('form#connexion .alerte, form#conditions').length > 0 || landed.url.pathname === '/login') throw new Error('not signed in');
}

const words = (text) => text.replace(/\s+/g, ' ').trim();
const after = (text, label) => { const at = text.indexOf(label); return at < 0 ? '' : text.slice(at + label.length); };

function money(text) {
  const digits = text.split('€')[0].replace(/\s/g, '').replace(',', '.');
  if (!/^-?\d+(\.\d+)?$/.test(digits)) throw new Error(`no amount: ${text}`);
  return digits;
}

const months = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'];
const two = (n) => String(n).padStart(2, '0');

function frenchDate(text) {
  const [, day, month, year] = /^(\d+)(?:er)? (\S+) (\d{4})/.exec(words(text));
  return `${year}-${two(months.indexOf(month) + 1)}-${two(day)}`;
}

async function contract() {
  const $ = await page('/contrat');
  const field = (name) => words($(`section#contrat dd.${name}`).text());
  const start = frenchDate(field('depuis'));
  const days = /préavis de (\d+) jour/.exec(field('engagement'));
  return {
    type: 'contract', id: field('client'), time: start, title: `${vendor}, ${field('offre')}`,
    data: {
      vendor, number: field('client'), kind: 'mobile', label: field('offre'), start, price: money(field('prix')), currency: 'EUR',
      period: 'P1M', notice: days ? `P${days[1]}D` : undefined, place: field('adresse'),
      extra: { titulaire: field('titulaire'), lignes: $('section#contrat ul.lignes li .numero').map((_, e) => words($(e).text())).get(), engagement: field('engagement') },
    },
  };
}

async function bills() {
  const all = [];
  for (let path = '/factures'; path; ) {
    const $ = await page(path);
    for (const tr of $('section#factures table.factures tbody tr')) {
      const row = $(tr);
      all.push({
        number: row.attr('data-numero'), month: row.find('td.periode').attr('data-mois'), period: words(row.find('td.periode').text()),
        issued: row.find('td.date time').attr('datetime'), amount: money(row.find('td.montant').text()),
        pdf: row.find('a.pdf').attr('href'), csv: row.find('a.detail').attr('href'),
      });
    }
    path = $('section#factures a[rel=next]').attr('href');
    if (!path && all.length !== Number($('section#factures .nombre').text())) throw new Error('bills are missing');
  }
  return all.reverse();
}

function readPDF(text) {
  const total = money(after(text, 'Total à payer TTC '));
  const detail = after(text, 'Montant TTC ').split('Total hors taxes')[0];
  const lines = [];
  for (const part of detail.split('€').map((s) => s.trim()).filter(Boolean)) {
    const space = part.lastIndexOf(' ');
    lines.push({ label: part.slice(0, space), amount: money(part.slice(space)) });
  }
  const cents = lines.reduce((sum, l) => sum + Math.round(Number(l.amount) * 100), 0);
  return {
    number: after(text, 'Facture n° ').split(' ')[0], due: frenchDate(after(text, 'Date de prélèvement : ')),
    tax: money(after(text, 'TVA 20 % ')), total, lines: cents === Math.round(Number(total) * 100) ? lines : undefined,
  };
}

const kinds = { Appel: 'voice', SMS: 'sms', MMS: 'mms', Internet: 'data' };
const directions = { Émis: 'out', Reçu: 'in' };
const countries = { France: 'FR', Irlande: 'IE', 'Royaume-Uni': 'GB' };
const offsetFormat = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Paris', timeZoneName: 'longOffset' });
const offsets = new Map();

// offset returns Paris's, "+02:00", at a wall clock time known to the hour.
function offset(hour) {
  let known = offsets.get(hour);
  if (!known) {
    const at = (zone) => offsetFormat.formatToParts(new Date(`${hour}:00:00${zone}`)).find((p) => p.type === 'timeZoneName').value.slice(3);
    known = at('+02:00') === '+02:00' ? '+02:00' : '+01:00';
    offsets.set(hour, known);
  }
  return known;
}

function title(fields) {
  if (!fields[5]) return `${fields[3]} mobile`;
  return fields[4] === 'Reçu' ? `${fields[3]} de ${fields[5]}` : `${fields[3]} à ${fields[5]}`;
}

function call(fields, seen) {
  const [line, date, clock, kind, direction, peer, duration, volume, country, price] = fields;
  const day = date.split('/').reverse();
  let id = [line, `${day.join('')}T${clock.replaceAll(':', '')}`, kinds[kind], directions[direction], peer].join('|');
  const count = (seen.get(id) ?? 0) + 1;
  seen.set(id, count);
  if (count > 1) id += `#${count}`;
  const at = `${day.join('-')}T${clock}`;
  return {
    type: 'call', id, time: `${at}${offset(at.slice(0, 13))}[Europe/Paris]`, title: title(fields),
    data: {
      line, direction: directions[direction], kind: kinds[kind], counterpart: peer || undefined,
      seconds: duration ? duration.split(':').reduce((sum, n) => sum * 60 + Number(n), 0) || undefined : undefined,
      bytes: Number(volume) * 1000 || undefined, price: money(price), currency: 'EUR', country: countries[country],
    },
  };
}

async function calls(path) {
  const text = (await fetch('GET', path)).body.toString('utf8').replace(/^\ufeff/, '');
  const rows = text.split('\r\n').filter(Boolean).map((row) => row.split(';'));
  if (rows[0].length !== 10) throw new Error('other columns than expected');
  const seen = new Map();
  return rows.slice(1).map((fields) => call(fields, seen));
}

async function bill(row, client, pdfText) {
  const pdf = (await fetch('GET', row.pdf)).body;
  const name = `ondine-${row.month}.pdf`;
  writeFileSync(`${dir}/${name}`, pdf);
  const printed = readPDF(words(await pdfText(pdf)));
  if (printed.number !== row.number || printed.total !== row.amount) throw new Error(`bill ${row.number} is not what its PDF says`);
  const [year, month] = row.month.split('-').map(Number);
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const record = {
    type: 'bill', id: row.number, time: row.issued, title: `${vendor}, ${row.period}`,
    data: {
      vendor, number: row.number, issued: row.issued, due: printed.due, start: `${row.month}-01`, end: `${row.month}-${last}`,
      amount: row.amount, currency: 'EUR', tax: printed.tax, contract: client, lines: printed.lines,
    },
    files: [{ file: name, name }],
    links: [{ rel: 'contract', type: 'contract', id: client }],
  };
  return [record, ...(await calls(row.csv))];
}

// run brings everything in; pdfText returns the text of a PDF.
export async function run(pdfText) {
  const out = createWriteStream(`${dir}/records.jsonl`);
  const emit = (record) => out.write(`${JSON.stringify(record)}\n`);
  await signIn();
  const plan = await contract();
  const rows = await bills();
  emit(plan);
  for (const row of rows) (await bill(row, plan.id, pdfText)).forEach(emit);
  agent.destroy();
  await new Promise((resolve) => out.end(resolve));
}
