using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;

namespace GifShare.Grains.Media.Fetch;

/// <summary>
/// The outgoing connections of this silo. A request goes to a network address instead of a name, with the name in its <c>Host</c> header: TLS asks for that
/// name's certificate and checks it. One pool for public addresses and one for the allowed networks, each behind a handler that refuses the other's.
/// </summary>
public sealed class OutgoingHttp : IDisposable
{
    readonly HttpMessageInvoker open;
    readonly HttpMessageInvoker allowed;
    readonly string userAgent;
    readonly TimeSpan answerTime;
    readonly TimeProvider time;

    /// <param name="publicUrl">Told to every site in the <c>User-Agent</c>, for those who want to complain.</param>
    /// <param name="roots">Trusted instead of the system's authorities, in tests.</param>
    public OutgoingHttp(AddressRules rules, IOptions<FetchOptions> options, TimeProvider time, string publicUrl, X509Certificate2Collection? roots = null)
    {
        open = Pool(AddressRules.ForPublic(), options.Value, roots);
        allowed = Pool(rules.ForAllowed(), options.Value, roots);
        userAgent = $"GifShare/1.0 (+{publicUrl})";
        // The handler's own time limit ends the connecting; this one begins at the same moment.
        answerTime = TimeSpan.FromSeconds(options.Value.ConnectSeconds + options.Value.AnswerSeconds);
        this.time = time;
    }

    /// <summary>Sends one GET and returns when the headers have come; redirects are not followed.</summary>
    /// <param name="accept">The <c>Accept</c> header.</param>
    /// <exception cref="FetchFailedException">Refused, unreachable, no valid certificate, or no answer in time.</exception>
    internal async Task<HttpResponseMessage> Send(Target target, Route route, string accept, CancellationToken cancel)
    {
        using var waiting = new CancellationTokenSource(answerTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, waiting.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, Pinned(target, route.Address))
        {
            // HTTP/1.1 alone: HTTP/3 would pass by the handler's check of the connection.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = target.Authority;
        request.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        try
        {
            return await (route.Allowed ? allowed : open).SendAsync(request, either.Token);
        }
        catch (Exception e)
        {
            cancel.ThrowIfCancellationRequested();
            throw waiting.IsCancellationRequested ? FetchFailedException.TooSlow(target.Host) : Explain(e, target.Host);
        }
    }

    public void Dispose()
    {
        open.Dispose();
        allowed.Dispose();
    }

    internal static FetchFailedException Explain(Exception e, string host) => e switch
    {
        FetchFailedException failed => failed,
        AntiSSRFException => FetchFailedException.Private(),
        AuthenticationException => FetchFailedException.Insecure(host),
        // The handler throws the cause instead of the HttpRequestException around it.
        SocketException { SocketErrorCode: not SocketError.ConnectionReset } or OperationCanceledException or TimeoutException => FetchFailedException.Unreachable(host, lost: false),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse } or
            HttpIOException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse } => FetchFailedException.NotMedia(),
        HttpRequestException or IOException or SocketException => FetchFailedException.Unreachable(host, lost: true),
        // The two kinds of decompression complain differently.
        InvalidDataException or InvalidOperationException => FetchFailedException.NotMedia(),
        _ => FetchFailedException.Unreachable(host, lost: false),
    };

    /// <summary>The same path and query, byte for byte, at the network address.</summary>
    static Uri Pinned(Target target, IPAddress address)
    {
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return new Uri(
            $"{target.Address.Scheme}://{host}:{target.Address.Port}{target.Address.PathAndQuery}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    static HttpMessageInvoker Pool(AntiSSRFPolicy policy, FetchOptions options, X509Certificate2Collection? roots)
    {
        // The package sets: no proxy. The framework's default is no decompression, which the package does not offer to change.
#pragma warning disable IDISP001 // The invoker owns it.
        var handler = policy.GetHandler();
#pragma warning restore IDISP001
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.Credentials = null;
        handler.ConnectTimeout = TimeSpan.FromSeconds(options.ConnectSeconds);
        handler.MaxResponseHeadersLength = 32;
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        // A certificate names addresses for its issuer's certificate, and the system would fetch them: a way around all checks.
        var chain = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (roots is not null)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(roots);
        }

        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain };
        return new HttpMessageInvoker(handler);
    }
}
