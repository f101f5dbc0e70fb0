// Undo by the server's tickets (Site/Undo/UndoTicket.cs).

import { call, words } from './api.js';
import { refresh } from './page.js';
import { announce, toast } from './toast.js';

/** Undoes the newest ticket first. `show()` updates the page itself (true); otherwise the page is fetched again. */
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
