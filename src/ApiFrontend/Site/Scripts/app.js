// The entry module of every page.

import './connection.js';
import './copy.js';
import './dialogs.js';
import './forms.js';
import './menus.js';
import './time.js';
import './uploads-later.js';
import { lift, withoutNotice } from './page.js';

lift(document);
if (new URLSearchParams(location.search).has('done')) history.replaceState(history.state, '', withoutNotice(location.href));
