using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>How the store is asked to encrypt what it keeps, and whether the way to it is encrypted.</summary>
static class S3Encryption
{
    extension(S3Options options)
    {
        /// <summary>Then bytes need no hash of their own in each request's signature.</summary>
        public bool IsEncryptedOnTheWay => options.Endpoint?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) != true;

        public PutObjectRequest Encrypt(PutObjectRequest request)
        {
            if (options.Method is { } method)
                (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = (method, options.KeyId);
            return request;
        }

        public InitiateMultipartUploadRequest Encrypt(InitiateMultipartUploadRequest request)
        {
            if (options.Method is { } method)
                (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = (method, options.KeyId);
            return request;
        }

        public CopyObjectRequest Encrypt(CopyObjectRequest request)
        {
            if (options.Method is { } method)
                (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = (method, options.KeyId);
            return request;
        }

        ServerSideEncryptionMethod? Method => options.ServerSideEncryption == "none" ? null : options.ServerSideEncryption;

        string? KeyId => string.IsNullOrEmpty(options.KmsKeyId) ? null : options.KmsKeyId;
    }
}
