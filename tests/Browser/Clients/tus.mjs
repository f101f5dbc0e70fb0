// Uploads a file with tus-js-client; says how far it is on each line, at the end the address.
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const { packages, server, token, file, chunk } = JSON.parse(await text(process.stdin))
const tus = createRequire(`${packages}/package.json`)('tus-js-client')
await new Promise((resolve, reject) => {
  const upload = new tus.Upload(createReadStream(file), {
    endpoint: `${server}/files/`,
    headers: { Authorization: `Bearer ${token}` },
    uploadSize: statSync(file).size,
    chunkSize: chunk,
    retryDelays: Array(200).fill(300),
    metadata: { filename: 'söme film.mp4', filetype: 'video/mp4' },
    onChunkComplete: (_, accepted) => console.log(`at ${accepted}`),
    onError: reject,
    onSuccess: () => {
      console.log(`done ${upload.url}`)
      resolve()
    },
  })
  upload.start()
})
