using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Standalone.Host;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Standalone;

/// <summary>The configurations of docs/reverse-proxy.md, with other names, ports and certificates, in front of the product.</summary>
public sealed class ReverseProxyTests(RunningSite site) : Journey(site)
{
    private const int RegistrationsPerHour = 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task A_newcomer_gets_through(string kind)
    {
        await using var proxy = await Proxy.StartAsync(kind);
        var (ada, username) = (await Visit(through: proxy.Address), "u" + Guid.NewGuid().ToString("N")[..12]);
        await ada.Register(username);
        Assert.Contains(await ada.Page.Context.CookiesAsync(), cookie => cookie is { Secure: true, HttpOnly: true, Path: "/" } && cookie.Name.StartsWith("__Host-gifshare", StringComparison.Ordinal));
        await ada.CreateCollection("Loops");
        await ada.AddSamples();
        await ada.SeesPictures(Visitor.Samples.Count(), Cancel);
        var link = await ada.CreateLink();
        Assert.StartsWith($"{proxy.Address}s/", link, StringComparison.Ordinal);

        var guest = await Visit(360, script: false, through: proxy.Address);
        Assert.Equal(200, await guest.Open(link));
        await Expect(guest.Heading("Loops")).ToBeVisibleAsync();
        await guest.SeesPictures(Visitor.Samples.Count(), Cancel);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task Ranges_limits_and_addresses_are_those_of_the_client(string kind)
    {
        await using var proxy = await Proxy.StartAsync(kind);
        using var http = proxy.Client("127.0.0.2");
        var token = (string)(await Register(http, HttpStatusCode.Created))["accessToken"]!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        var sample = await File.ReadAllBytesAsync(Visitor.Samples.First(), Cancel);
        using var gif = await Upload(http, new ByteArrayContent(sample));
        Assert.Equal((HttpStatusCode.Created, HttpVersion.Version20), (gif.StatusCode, gif.Version));
        var media = (string)JsonNode.Parse(await gif.Content.ReadAsByteArrayAsync(Cancel))!["url"]!;
        using var range = new HttpRequestMessage(HttpMethod.Get, media) { Headers = { Range = new(2, 5) }, Version = HttpVersion.Version20 };
        using var part = await http.SendAsync(range, Cancel);
        Assert.Equal((HttpStatusCode.PartialContent, "F89a"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal(2, part.Content.Headers.ContentRange!.From);

        // Larger than any body that nginx takes by itself (comments are cleaned away, so the GIF is known already), then larger than what GifShare takes.
        using var small = await Upload(http, new ByteArrayContent(WithComment(sample, 2 << 20)));
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        using var large = await Upload(http, new AnnouncedContent(26 << 20, Cancel));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (large.StatusCode, large.Content.Headers.ContentType?.MediaType));

        // One registration is done already. Whatever a client says of its address, it is the one it comes from that counts.
        for (var i = 1; i < RegistrationsPerHour; i++)
            await Register(http, HttpStatusCode.Created, $"192.0.2.{i}");
        Assert.Equal("rate_limited", (string)(await Register(http, HttpStatusCode.TooManyRequests, "192.0.2.99"))["code"]!);
        using var neighbour = proxy.Client("127.0.0.3");
        await Register(neighbour, HttpStatusCode.Created);
    }

    [Fact]
    public async Task Plain_http_leads_to_https()
    {
        await using var proxy = await Proxy.StartAsync("nginx");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var answer = await http.GetAsync($"http://localhost:{proxy.PlainPort}/login?x=1", Cancel);
        Assert.Equal((HttpStatusCode.MovedPermanently, "https://localhost/login?x=1"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    private static async Task<JsonNode> Register(HttpClient http, HttpStatusCode expected, string? forged = null)
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/users")
        {
            Content = JsonContent.Create(new { firstName = "Ada", lastName = "Lovelace", email = name + "@example.org", username = name, password = Visitor.Password }),
        };
        if (forged is not null)
            request.Headers.Add("X-Forwarded-For", forged);
        using var answer = await http.SendAsync(request, Cancel);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {body}");
        return JsonNode.Parse(body)!;
    }

    private static async Task<HttpResponseMessage> Upload(HttpClient http, HttpContent file)
    {
        using var form = new MultipartFormDataContent { { file, "file", "a.gif" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/gifs") { Content = form, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        return await http.SendAsync(request, Cancel);
    }

    /// <summary>The GIF with a comment of about this many bytes before its trailer.</summary>
    private static byte[] WithComment(byte[] gif, int length)
    {
        byte[] block = [255, .. Enumerable.Repeat((byte)' ', 255)];
        return [.. gif[..^1], 0x21, 0xFE, .. Enumerable.Repeat(block, length / block.Length).SelectMany(static bytes => bytes), 0, gif[^1]];
    }

    /// <summary>A proxy as a process of its own, and the product behind it.</summary>
    private sealed class Proxy : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly FolderLock place = TestFolders.Create("proxy");
        private readonly int port = FreePort();
        private string thumbprint = "";
        private TestProduct product = null!;
        private Process? process;
        private string said = "";

        public Uri Address => new($"https://localhost:{port}/");

        public int PlainPort { get; } = FreePort();

        public static async Task<Proxy> StartAsync(string kind)
        {
            var proxy = new Proxy();
            proxy.product = await TestProduct.StartAsync(new Dictionary<string, string?>
            {
                ["PublicUrl"] = proxy.Address.ToString().TrimEnd('/'),
                ["ForwardedHeaders:KnownProxies"] = "127.0.0.1;::1",
                ["RateLimits:RegistrationsPerHourPerAddress"] = RegistrationsPerHour.ToString(),
            });
            try
            {
                proxy.MakeCertificate();
                proxy.process = kind == "nginx" ? proxy.RunNginx() : proxy.RunCaddy();
                await proxy.AnswersAsync();
                return proxy;
            }
            catch
            {
                await proxy.DisposeAsync();
                throw;
            }
        }

        /// <summary>A client that comes from this address.</summary>
        public HttpClient Client(string from)
        {
            var handler = new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == thumbprint },
                ConnectCallback = async (context, cancel) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
            return new(handler) { BaseAddress = Address };
        }

        public async ValueTask DisposeAsync()
        {
            // To nginx and Caddy it means: end at once, children too.
            if (process is { HasExited: false })
                Signals.Send("-TERM", process.Id);
            if (process is not null)
                await process.WaitForExitAsync().WaitAsync(Patience);
            process?.Dispose();
            await product.DisposeAsync();
            TestFolders.Delete(place);
        }

        private Process RunNginx()
        {
            var site = Text("nginx")
                .Replace("listen 80;", $"listen 127.0.0.1:{PlainPort};", StringComparison.Ordinal)
                .Replace("listen 443 ", $"listen 127.0.0.1:{port} ", StringComparison.Ordinal)
                .Replace("/etc/letsencrypt/live/localhost/fullchain.pem", In("certificate.pem"), StringComparison.Ordinal)
                .Replace("/etc/letsencrypt/live/localhost/privkey.pem", In("key.pem"), StringComparison.Ordinal);
            var folders = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(name => $"{name}_temp_path {In(name)};\n"));
            // As root it would hand its work to a user who may not enter this folder.
            var user = Environment.UserName == "root" ? "user root;" : "";
            File.WriteAllText(In("nginx.conf"), $"daemon off; {user}\npid {In("pid")};\nerror_log stderr warn;\nevents {{}}\nhttp {{\naccess_log off;\n{folders}{site}\n}}\n");
            // Not in the path of everybody.
            return Start("/usr/sbin/nginx", "-p", place.Folder, "-e", "stderr", "-c", In("nginx.conf"));
        }

        private Process RunCaddy()
        {
            var site = Text("caddyfile").Replace("localhost {", $"{Address.ToString().TrimEnd('/')} {{\n    bind 127.0.0.1\n    tls {In("certificate.pem")} {In("key.pem")}", StringComparison.Ordinal);
            File.WriteAllText(In("Caddyfile"), "{\n    admin off\n    auto_https disable_redirects\n    servers {\n        protocols h1 h2\n    }\n}\n" + site);
            return Start("caddy", "run", "--config", In("Caddyfile"));
        }

        private Process Start(string program, params string[] arguments)
        {
            try
            {
                var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, WorkingDirectory = "/" };
                // Where Caddy keeps what it is told and what it gets.
                start.Environment["XDG_CONFIG_HOME"] = start.Environment["XDG_DATA_HOME"] = place.Folder;
                var started = Process.Start(start)!;
                started.ErrorDataReceived += (_, line) => said += line.Data + "\n";
                started.BeginErrorReadLine();
                return started;
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                throw new InvalidOperationException($"{program} is missing. `./gifshare test` installs it, or: apt-get install {program}", e);
            }
        }

        private async Task AnswersAsync()
        {
            using var http = Client("127.0.0.1");
            await Eventually.True(async () =>
            {
                Assert.False(process!.HasExited, said);
                try
                {
                    return (await http.GetAsync("/health/live", Cancel)).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }, Cancel);
        }

        /// <summary>What the document says, for this name and this product.</summary>
        private string Text(string language)
        {
            var document = File.ReadAllText(Path.Combine(RunningProgram.Checkout, "docs", "reverse-proxy.md"));
            var start = document.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
            return document[start..document.IndexOf("```", start, StringComparison.Ordinal)]
                .Replace("gifs.example.org", "localhost", StringComparison.Ordinal)
                .Replace("127.0.0.1:8080", $"127.0.0.1:{product.BaseAddress.Port}", StringComparison.Ordinal);
        }

        private void MakeCertificate()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
            thumbprint = certificate.Thumbprint;
            File.WriteAllText(In("certificate.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(In("key.pem"), key.ExportECPrivateKeyPem());
        }

        private string In(string name) => Path.Combine(place.Folder, name);

        /// <summary>Not of those that the system gives to whoever asks for any: it must stay free until the proxy takes it.</summary>
        private static int FreePort()
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 30_000));
                try
                {
                    listener.Start();
                    return ((IPEndPoint)listener.LocalEndpoint).Port;
                }
                catch (SocketException)
                {
                    // Taken.
                }
            }
        }
    }
}
