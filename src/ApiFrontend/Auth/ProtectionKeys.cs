using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using GifShare.Accounts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace GifShare.ApiFrontend.Auth;

/// <summary>
/// The Data Protection key ring (cookies, antiforgery), shared by all frontends: stored by a grain, each key encrypted with
/// AES-256-GCM under a key derived from the master key. Nothing is written to this machine's files.
/// </summary>
public static class ProtectionKeys
{
    public static void AddProtectionKeys(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("gifshare");
        // The hosted service reads the ring at startup, when grains may not be running yet; the first use loads it instead.
        foreach (var eager in services.Where(s => s.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
            services.Remove(eager);
        services.AddOptions<KeyManagementOptions>().Configure<IServiceProvider>(static (options, provider) =>
        {
            options.XmlRepository = new GrainXmlRepository(provider.GetRequiredService<IGrainFactory>());
            options.XmlEncryptor = new MasterKeyXmlEncryptor(provider.GetRequiredService<MasterKey>());
        });
    }
}

/// <summary>Stores the key ring in a grain. Data Protection's interface is synchronous and rarely called, on thread pool threads, so blocking is safe.</summary>
public sealed class GrainXmlRepository(IGrainFactory grains) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. Wait(static (ISigningKeysGrain keys) => keys.GetProtectionKeys()).Select(key => XElement.Parse(key.Xml))];

    public void StoreElement(XElement element, string friendlyName) =>
        Wait(async keys =>
        {
            await keys.AddProtectionKey(new(friendlyName, element.ToString(SaveOptions.DisableFormatting)));
            return true;
        });

#pragma warning disable VSTHRD002 // IXmlRepository is synchronous; called once per start and key, on thread pool threads, where blocking cannot deadlock.
    private T Wait<T>(Func<ISigningKeysGrain, Task<T>> call) => Task.Run(() => call(grains.SigningKeys())).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}

public sealed class MasterKeyXmlEncryptor(MasterKey master) : IXmlEncryptor
{
    internal const string Purpose = "gifshare/data-protection/v1";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        // Layout: nonce, tag, ciphertext.
        var bytes = new byte[28 + plain.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, 12));
        using var aes = new AesGcm(master.Derive(Purpose), 16);
        aes.Encrypt(bytes.AsSpan(0, 12), plain, bytes.AsSpan(28), bytes.AsSpan(12, 16));
        CryptographicOperations.ZeroMemory(plain);
        return new(new XElement("sealed", Convert.ToBase64String(bytes)), typeof(MasterKeyXmlDecryptor));
    }
}
