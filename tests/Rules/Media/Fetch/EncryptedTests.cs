using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GifShare.Grains.Media.Fetch;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>A request goes to a network address, and TLS is of the name all the same.</summary>
public sealed class EncryptedTests(RemoteSite site) : FetchScene(site)
{
    readonly X509Certificate2 root = Authority();
    readonly ConcurrentQueue<string?> namesAsked = new();

    [Fact]
    public async Task The_certificate_is_of_the_name()
    {
        using var certificate = Certificate("pictures.example");
        await using var pictures = await Encrypted(certificate);
        pictures.Serve("/a.gif", Gif);
        Resolver["pictures.example"] = Resolver["other.example"] = RemoteSite.Address;
        var fetcher = Trusting(root);
        await Got(Gif, fetcher.Fetch($"https://pictures.example:{pictures.Port}/a.gif", 1 << 20, Cancel));
        Assert.Equal($"pictures.example:{pictures.Port}", pictures.Asked.Single().Headers["Host"]);
        var failure = await Refused(FetchFailure.Insecure, fetcher.Fetch($"https://other.example:{pictures.Port}/a.gif", 1 << 20, Cancel));
        Assert.Equal("other.example could not prove that it is other.example: its certificate is not valid.", failure.Sentence);
        await Refused(FetchFailure.Insecure, fetcher.Fetch($"https://{RemoteSite.Address}:{pictures.Port}/a.gif", 1 << 20, Cancel));
        Assert.Equal(["pictures.example", "other.example"], namesAsked.Where(name => !string.IsNullOrEmpty(name)));
        Assert.Single(pictures.Asked);
    }

    [Fact]
    public async Task Unknown_issuers_are_refused_and_not_looked_for()
    {
        // The system would fetch the issuer's certificate from the address in this one, wherever that leads.
        using var stranger = Authority();
        using var certificate = Certificate("pictures.example", stranger);
        await using var pictures = await Encrypted(certificate);
        Resolver["pictures.example"] = RemoteSite.Address;
        await Refused(FetchFailure.Insecure, Trusting(root).Fetch($"https://pictures.example:{pictures.Port}/a.gif", 1 << 20, Cancel));
        await Refused(FetchFailure.Insecure, Fetcher().Fetch($"https://pictures.example:{pictures.Port}/a.gif", 1 << 20, Cancel));
        Assert.Empty(Site.Asked);
        Assert.Empty(pictures.Asked);
    }

    public override async ValueTask DisposeAsync()
    {
        root.Dispose();
        await base.DisposeAsync();
    }

    async Task<RemoteSite> Encrypted(X509Certificate2 certificate)
    {
        var encrypted = new RemoteSite(listen => listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context =>
            {
                namesAsked.Enqueue(context.ClientHelloInfo.ServerName);
                // Offline, or the server would look for its issuer itself.
                return new(new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true) });
            },
        }));
        await encrypted.InitializeAsync();
        return encrypted;
    }

    AddressFetcher Trusting(X509Certificate2 authority) => Services([], more => more.AddSingleton(provider => new OutgoingHttp(
        provider.GetRequiredService<AddressRules>(), provider.GetRequiredService<IOptions<FetchOptions>>(), Clock, "https://gifs.example.org", [authority])))
        .GetRequiredService<AddressFetcher>();

    static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority {Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    X509Certificate2 Certificate(string name, X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [$"{Site.Origin}/issuer.crt"]));
        using var signed = request.Create(issuer ?? root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
