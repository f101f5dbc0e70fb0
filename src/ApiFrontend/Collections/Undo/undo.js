// Undoing what the server gave tickets for (Pages/UndoTicket.cs).

import { call, words } from './api.js';
import { refresh } from './page.js';
import { announce, toast } from './toast.js';

/** The newest first. `show()` puts the page right by itself and says so (true); otherwise the page is fetched anew. */
export async function takeBack(tickets, show) {
  let text = null;
  for (const what of [...tickets].reverse()) {
    const fields = new FormData();
    fields.set('what', what);
    const answer = await call('POST', '/undo', { body: fields });
    if (!answer.ok) {
      toast(`It could not be undone: ${words(answer.problem)}`, { kind: 'bad' });
      await refresh();
      return;
    }
    text = answer.data.text;
  }
  if (!await show()) await refresh();
  announce(text);
}
